#include <time.h>

#include <cstdio>
#include <vector>

#include "core/subject.h"
#include "core/wire.h"
#include "load/client.h"
#include "load/commands.h"
#include "load/people.h"
#include "nats/writer.h"

namespace remaphore::bench {
namespace {

constexpr std::size_t kAtOnce = std::size_t{256} << 10;  // bytes of a write
constexpr std::size_t kDistinct = 1000;                  // of messages that no listener looks at twice

std::int64_t cpu_ns(int pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) die("no such listener");
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

int flood(Words words) {
  const std::string subject = subject::broadcast(words[2], "all");
  const std::string& kind = words[3];
  const std::size_t count = std::stoul(words[4]);
  const std::string& destination = words[5];
  const int listener = std::stoi(words[6]);
  const SecretKey node = key_of(1), stranger = SecretKey::generate();

  // Frames in as few strings as there are writes.
  std::vector<std::string> writes(1);
  std::size_t bytes = 0;
  const std::size_t distinct = kind == "verified" ? count : std::min(count, kDistinct);
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < distinct; ++i) {
    const std::string to = kind == "elsewhere" ? "com.example.elsewhere" : destination;
    messages.push_back(message_of(kind == "stranger" ? stranger : node, to, std::to_string(i)));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& message = messages[i % distinct];
    bytes += message.size();
    if (writes.back().size() >= kAtOnce) writes.emplace_back();
    nats::write_publish(writes.back(), {.subject = subject, .payload = message});
  }
  messages.clear();

  Client client(words[0], words[1]);
  const std::string last = message_of(node, destination, "last", Reply::kWanted);
  client.subscribe(subject::reply(words[2], wire::hash(last)));
  const std::int64_t cpu = cpu_ns(listener), began = monotonic_ns();
  for (const std::string& one : writes) client.write(one);
  client.publish(subject, last);
  const std::int64_t published = monotonic_ns();
  client.next_message();
  const std::int64_t answered = monotonic_ns();
  std::printf("%zu %lld %lld %lld\n", bytes, static_cast<long long>(published - began),
              static_cast<long long>(answered - began), static_cast<long long>(cpu_ns(listener) - cpu));
  return 0;
}

}  // namespace remaphore::bench
