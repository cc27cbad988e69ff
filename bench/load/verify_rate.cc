#include <sodium.h>
#include <time.h>

#include <array>
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

// Verifying always the same message would be faster than real messages: the branch predictor would have learned it.
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

// Runs `once`, which is given a number below kDistinct, in so many threads for so long; prints what commands.h says.
template <class Once>
int run_for(Words words, const Once& once) {
  const int threads = std::stoi(words[0]);
  const std::int64_t length = static_cast<std::int64_t>(std::stod(words[1]) * 1e9);
  std::atomic<std::int64_t> done{0};
  const std::int64_t cpu = cpu_ns(), began = monotonic_ns();
  const auto work = [&] {
    std::int64_t count = 0;
    for (; monotonic_ns() - began < length; ++count) once(static_cast<std::size_t>(count) % kDistinct);
    done += count;
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  std::printf("%lld %lld %lld\n", static_cast<long long>(done.load()), static_cast<long long>(monotonic_ns() - began),
              static_cast<long long>(cpu_ns() - cpu));
  return 0;
}

const unsigned char* bytes_of(const std::string& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

// Measures libsodium's own functions and nothing around them: the floor of every figure about many messages.
int verify_rate(Words words) {
  const SecretKey key = key_of(1);
  const PublicKey public_key = key.public_key();
  std::vector<Signed> all;
  for (std::size_t i = 0; i < kDistinct; ++i) {
    const std::string message = message_of(key, "com.example.n0", std::to_string(i));
    const auto fields = wire::Fields::split(message);
    all.push_back({*keys::signature_from_base58(fields->signature()), std::string(fields->signed_bytes())});
  }
  return run_for(words, [&](std::size_t i) {
    const Signed& one = all[i];
    if (crypto_sign_verify_detached(one.signature.bytes.data(), bytes_of(one.bytes), one.bytes.size(),
                                    public_key.bytes.data()) != 0) {
      die("a good signature is refused");
    }
  });
}

int sign_rate(Words words) {
  const Digest seed = keys::sha256("node 1");
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  PublicKey ignored;
  crypto_sign_seed_keypair(ignored.bytes.data(), secret.data(), seed.bytes.data());
  std::vector<std::string> all;
  for (std::size_t i = 0; i < kDistinct; ++i) {
    const std::string message = message_of(key_of(1), "com.example.n0", std::to_string(i));
    all.emplace_back(wire::Fields::split(message)->signed_bytes());
  }
  return run_for(words, [&](std::size_t i) {
    Signature signature;
    crypto_sign_detached(signature.bytes.data(), nullptr, bytes_of(all[i]), all[i].size(), secret.data());
  });
}

}  // namespace remaphore::bench
