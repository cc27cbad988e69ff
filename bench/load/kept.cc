#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "core/subject.h"
#include "load/client.h"
#include "load/commands.h"
#include "load/people.h"
#include "nats/writer.h"

namespace remaphore::bench {
namespace {

constexpr std::size_t kAtOnce = std::size_t{256} << 10;  // bytes of a write
constexpr std::uint64_t kUnderWay = 128;                 // reads, as in jetstream/stream_reader.h

}  // namespace

int keep(Words words) {
  const std::string subject = subject::broadcast(words[2], "all");
  const std::size_t count = std::stoul(words[3]);
  const SecretKey node = key_of(1);
  Client client(words[0], words[1]);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    nats::write_publish(out, {.subject = subject, .payload = message_of(node, words[4], std::to_string(i))});
    if (out.size() < kAtOnce) continue;
    client.write(out);
    out.clear();
  }
  client.write(out);
  client.flush();
  return 0;
}

int read_kept(Words words) {
  std::string stream = words[2];
  for (char& c : stream) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  const std::uint64_t count = std::stoul(words[3]);
  const std::string subject = "$JS.API.STREAM.MSG.GET." + stream;
  Client client(words[0], words[1]);
  client.subscribe("_INBOX.bench.*");
  const std::int64_t began = monotonic_ns();
  std::string out;
  std::uint64_t asked = 0, answered = 0;
  while (answered < count) {
    for (; asked < std::min(count, answered + kUnderWay); ++asked) {
      const std::string reply = "_INBOX.bench." + std::to_string(asked);
      nats::write_publish(
          out, {.subject = subject, .reply_to = reply, .payload = "{\"seq\":" + std::to_string(asked + 1) + "}"});
    }
    client.write(out);
    out.clear();
    client.next_message();
    for (++answered; client.held_message(); ++answered) {
    }
  }
  timespec cpu{};
  const std::int64_t wall = monotonic_ns() - began;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  std::printf("%lld %lld\n", static_cast<long long>(wall),
              static_cast<long long>(cpu.tv_sec) * 1'000'000'000 + cpu.tv_nsec);
  return 0;
}

}  // namespace remaphore::bench
