#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "core/subject.h"
#include "core/wire.h"
#include "load/client.h"
#include "load/commands.h"
#include "load/people.h"
#include "nats/writer.h"

namespace remaphore::bench {

namespace {

// Which of `count` nodes a message is for, from 0: one of them, or all.
struct Addressed {
  std::size_t first, end;
};
Addressed addressed(std::string_view destination, std::size_t count) {
  const std::size_t digits = destination.rfind(".n");
  std::size_t number = 0;
  if (digits == std::string_view::npos) return {0, count};
  std::from_chars(destination.data() + digits + 2, destination.data() + destination.size(), number);
  return number < 1 || number > count ? Addressed{0, count} : Addressed{number - 1, number};
}

}  // namespace

int respond(Words words) {
  const std::string& subject = words[2];
  const std::size_t count = std::stoul(words[3]);
  const bool bound = words[4] == "bound";
  const std::string echo = subject + ".echo", back = subject + ".back";

  std::vector<SecretKey> nodes;  // a secret key takes pages of its own: not thousands of them
  std::vector<std::string> prepared;
  for (std::size_t i = 1; i <= count; ++i) {
    if (bound) {
      nodes.push_back(key_of(i));
    } else {
      prepared.push_back(reply_of(key_of(i), nullptr, "0,load average: 0.08"));
    }
  }

  Client client(words[0], words[1]);
  client.subscribe(subject::broadcast(subject, "all"));
  client.subscribe(echo);
  std::puts("listening");
  std::fflush(stdout);
  std::string out;
  while (true) {
    const auto held = client.held_message();
    if (!held) {
      if (!client.read_unless(STDIN_FILENO)) return 0;
      continue;
    }
    const nats::Op& message = *held;
    out.clear();
    if (message.subject == echo) {
      nats::write_publish(out, {.subject = back, .payload = message.payload});
      client.write(out);
      continue;
    }
    const auto fields = wire::Fields::split(message.payload);
    if (!fields || fields->flag() != "Q") continue;
    const Digest request = wire::hash(message.payload);
    const std::string replies = subject::reply(subject, request);
    const auto [first, end] = addressed(fields->destination(), count);
    for (std::size_t i = first; i < end; ++i) {
      const std::string reply = bound ? reply_of(nodes[i], &request, "0,load average: 0.08") : std::string();
      nats::write_publish(out, {.subject = replies, .payload = bound ? reply : prepared[i]});
    }
    client.write(out);
  }
}

int round_trip(Words words) {
  const std::string echo = words[2] + ".echo", back = words[2] + ".back";
  Client client(words[0], words[1]);
  client.subscribe(back);
  const std::string payload(250, 'x');
  for (int runs = std::stoi(words[3]); runs > 0; --runs) {
    const std::int64_t began = monotonic_ns();
    client.flush();
    const std::int64_t middle = monotonic_ns();
    client.publish(echo, payload);
    client.next_message();
    std::printf("%lld %lld\n", static_cast<long long>(middle - began), static_cast<long long>(monotonic_ns() - middle));
  }
  return 0;
}

}  // namespace remaphore::bench
