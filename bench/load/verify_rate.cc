#include <sodium.h>
#include <time.h>

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "core/wire.h"
#include "load/client.h"
#include "load/commands.h"
#include "load/people.h"

namespace remaphore::bench {
namespace {

// Always the same message would be verified faster than any real ones: the branches in it would be known by heart.
constexpr std::size_t kDistinct = 1000;

struct Signed {
  Signature signature;
  std::string bytes;
};

std::int64_t cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

// By libsodium's own function and nothing around it: the floor of every figure about verified messages.
int verify_rate(Words words) {
  const int threads = std::stoi(words[0]);
  const std::int64_t length = static_cast<std::int64_t>(std::stod(words[1]) * 1e9);
  const SecretKey key = key_of(1);
  const PublicKey public_key = key.public_key();
  std::vector<Signed> all;
  for (std::size_t i = 0; i < kDistinct; ++i) {
    const std::string message = message_of(key, "com.example.n0", std::to_string(i), false);
    const auto fields = wire::Fields::split(message);
    all.push_back({*keys::signature_from_base58(fields->signature()), std::string(fields->signed_bytes())});
  }

  std::atomic<std::int64_t> verified{0};
  const std::int64_t cpu = cpu_ns(), began = monotonic_ns();
  const auto work = [&] {
    std::int64_t count = 0;
    for (; monotonic_ns() - began < length; ++count) {
      const Signed& one = all[static_cast<std::size_t>(count) % kDistinct];
      if (crypto_sign_verify_detached(one.signature.bytes.data(),
                                      reinterpret_cast<const unsigned char*>(one.bytes.data()), one.bytes.size(),
                                      public_key.bytes.data()) != 0) {
        die("a good signature is refused");
      }
    }
    verified += count;
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  std::printf("%lld %lld %lld\n", static_cast<long long>(verified.load()),
              static_cast<long long>(monotonic_ns() - began), static_cast<long long>(cpu_ns() - cpu));
  return 0;
}

}  // namespace remaphore::bench
