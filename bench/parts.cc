// The parts, one by one (Google Benchmark; bench_parts --help). libsodium's verification is among them for comparison:
// the others are small against it.

#include <benchmark/benchmark.h>
#include <sodium.h>

#include <utility>
#include <vector>

#include "base/base58.h"
#include "core/config_parser.h"
#include "core/destination.h"
#include "core/trust.h"
#include "core/wire.h"
#include "load/people.h"

namespace remaphore::bench {
namespace {

std::string config_of(std::uint64_t peers) {
  const SecretKey me = key_of(0);
  std::string text =
      "server: nats://127.0.0.1:4222\ncredentials: nats.creds\ndestination: com.example.n0\n[ Identities ]\n" +
      keys::to_base58(me.public_key()) + " " + me.to_base58() + " [*]\n[ Peers ]\n";
  for (std::uint64_t i = 1; i <= peers; ++i) {
    text += "com.example.n" + std::to_string(i) + " " + keys::to_base58(key_of(i).public_key()) + " [*]\n";
  }
  return text;
}

Config parsed(const std::string& text) {
  auto config = parse_config(std::vector<char>(text.begin(), text.end()), "config");
  if (!config) std::abort();
  return std::move(*config);
}

// A listener's view: a fleet of that size, one message of node 1.
struct Listener {
  explicit Listener(std::uint64_t peers = 10) : config(parsed(config_of(peers))), guard(peers) {
    filter.destination = config.destination;
  }
  MessagePolicy policy() const { return {config.peers, filter, config.allow_skew, guard}; }
  Result<UnverifiedMessage, Refusal> screen(const std::string& message) const {
    const auto time = wire::parse_time(wire::Fields::split(message)->time());
    return screen_message(message, *time, policy());
  }
  Config config;
  Filter filter;
  ReplayGuard guard;
};

void Decode(benchmark::State& state) {
  const std::string message = message_of(key_of(1), "com.example.n0", "12345");
  for (auto _ : state) {
    const auto fields = wire::Fields::split(message);
    benchmark::DoNotOptimize(wire::parse_time(fields->time()));
    benchmark::DoNotOptimize(wire::parse_uuid(fields->uuid()));
    benchmark::DoNotOptimize(wire::parse_flag(fields->flag()));
  }
}
BENCHMARK(Decode);

void EncodeAndSign(benchmark::State& state) {
  const SecretKey key = key_of(1);
  for (auto _ : state) benchmark::DoNotOptimize(message_of(key, "com.example.n0", "12345"));
}
BENCHMARK(EncodeAndSign);

template <class Bytes>
void Base58Encode(benchmark::State& state) {
  Bytes value;
  randombytes_buf(value.bytes.data(), value.bytes.size());
  for (auto _ : state) benchmark::DoNotOptimize(base58::encode(value.bytes));
}
BENCHMARK(Base58Encode<PublicKey>);
BENCHMARK(Base58Encode<Signature>);

template <class Bytes>
void Base58Decode(benchmark::State& state) {
  Bytes value;
  randombytes_buf(value.bytes.data(), value.bytes.size());
  const std::string text = base58::encode(value.bytes);
  for (auto _ : state) benchmark::DoNotOptimize(base58::decode_exactly(text, value.bytes));
}
BENCHMARK(Base58Decode<PublicKey>);
BENCHMARK(Base58Decode<Signature>);

void PrefilterOtherDestination(benchmark::State& state) {
  const Listener listener(static_cast<std::uint64_t>(state.range(0)));
  const std::string message = message_of(key_of(1), "com.example.elsewhere", "12345");
  const WallTime arrival = *wire::parse_time(wire::Fields::split(message)->time());
  for (auto _ : state) benchmark::DoNotOptimize(screen_message(message, arrival, listener.policy()));
}
BENCHMARK(PrefilterOtherDestination)->Arg(10)->Arg(1000)->Arg(10000);

void PrefilterUnknownKey(benchmark::State& state) {
  const Listener listener(static_cast<std::uint64_t>(state.range(0)));
  const std::string message = message_of(SecretKey::generate(), "com.example.n0", "12345");
  for (auto _ : state) benchmark::DoNotOptimize(screen_message(message, WallTime(), listener.policy()));
}
BENCHMARK(PrefilterUnknownKey)->Arg(10)->Arg(1000)->Arg(10000);

// A message for us: the copy and the replay guard's hash included.
void ScreenForUs(benchmark::State& state) {
  const Listener listener;
  const std::string message = message_of(key_of(1), "com.example.n0", "12345");
  const WallTime arrival = *wire::parse_time(wire::Fields::split(message)->time());
  for (auto _ : state) benchmark::DoNotOptimize(screen_message(message, arrival, listener.policy()));
}
BENCHMARK(ScreenForUs);

// Verifying always the same message would be faster than real messages: the branch predictor would have learned it.
constexpr std::size_t kDistinct = 1000;

std::vector<std::string> distinct_messages() {
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < kDistinct; ++i) {
    messages.push_back(message_of(key_of(1), "com.example.n0", std::to_string(i)));
  }
  return messages;
}

// Everything between a message's arrival and a VerifiedMessage, except the queue and the replay guard's memory.
void ScreenAndVerify(benchmark::State& state) {
  const Listener listener;
  const std::vector<std::string> messages = distinct_messages();
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(verify_message(std::move(*listener.screen(messages[i++ % kDistinct]))));
}
BENCHMARK(ScreenAndVerify);

void VerifyByLibsodiumAlone(benchmark::State& state) {
  const PublicKey public_key = key_of(1).public_key();
  const std::vector<std::string> messages = distinct_messages();
  std::vector<Signature> signatures;
  std::vector<std::string_view> bodies;
  for (const std::string& message : messages) {
    const auto fields = wire::Fields::split(message);
    signatures.push_back(*keys::signature_from_base58(fields->signature()));
    bodies.push_back(fields->signed_bytes());
  }
  std::size_t i = 0;
  for (auto _ : state) {
    const std::size_t one = i++ % kDistinct;
    benchmark::DoNotOptimize(crypto_sign_verify_detached(signatures[one].bytes.data(),
                                                         reinterpret_cast<const unsigned char*>(bodies[one].data()),
                                                         bodies[one].size(), public_key.bytes.data()));
  }
}
BENCHMARK(VerifyByLibsodiumAlone);

void MatchDestination(benchmark::State& state, const char* pattern) {
  for (auto _ : state) benchmark::DoNotOptimize(destination::matches("com.example.rack12.db3", pattern));
}
BENCHMARK_CAPTURE(MatchDestination, same, "com.example.rack12.db3");
BENCHMARK_CAPTURE(MatchDestination, star, "com.example.rack*.d*3");
BENCHMARK_CAPTURE(MatchDestination, all_below, "com.example.**");
BENCHMARK_CAPTURE(MatchDestination, other, "com.example.rack13.db3");

void ParseConfig(benchmark::State& state) {
  const std::string text = config_of(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(parsed(text));
}
BENCHMARK(ParseConfig)->Arg(10)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace remaphore::bench

int main(int count, char** arguments) {
  remaphore::keys::initialize();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
