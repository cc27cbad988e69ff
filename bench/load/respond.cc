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

// The responders of one process.
class Responders {
 public:
  Responders(std::size_t count, bool bound) : count_(count), bound_(bound) {
    for (std::size_t i = 1; i <= count; ++i) {
      if (bound) {
        nodes_.push_back(key_of(i));
      } else {
        prepared_.push_back(reply_of(key_of(i), nullptr, kAnswer));
      }
    }
  }

  // Appends the replies to this message, if it is a request.
  void answer(std::string_view bytes, const std::string& subject, std::string& out) const {
    const auto fields = wire::Fields::split(bytes);
    if (!fields || fields->flag() != "Q") return;
    const Digest request = wire::hash(bytes);
    const std::string replies = subject::reply(subject, request);
    const auto [first, end] = addressed(fields->destination(), count_);
    for (std::size_t i = first; i < end; ++i) {
      const std::string reply = bound_ ? reply_of(nodes_[i], &request, kAnswer) : std::string();
      nats::write_publish(out, {.subject = replies, .payload = bound_ ? reply : prepared_[i]});
    }
  }

 private:
  static constexpr char kAnswer[] = "0,load average: 0.08";
  std::size_t count_;
  bool bound_;
  std::vector<SecretKey> nodes_;  // a secret key takes pages of its own: not thousands of them
  std::vector<std::string> prepared_;
};

}  // namespace

int respond(Words words) {
  const std::string& subject = words[2];
  const std::string echo = subject + ".echo", back = subject + ".back";
  const Responders responders(std::stoul(words[3]), words[4] == "bound");

  Client client(words[0], words[1]);
  client.subscribe(subject::broadcast(subject, "all"));
  client.subscribe(echo);
  std::puts("listening");
  std::fflush(stdout);
  std::string out;
  while (true) {
    const auto message = client.held_message();
    if (!message) {
      if (!client.read_unless(STDIN_FILENO)) return 0;
      continue;
    }
    out.clear();
    if (message->subject == echo) {
      nats::write_publish(out, {.subject = back, .payload = message->payload});
    } else {
      responders.answer(message->payload, subject, out);
    }
    if (!out.empty()) client.write(out);
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
