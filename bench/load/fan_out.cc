#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "core/subject.h"
#include "load/client.h"
#include "load/commands.h"
#include "load/people.h"

namespace remaphore::bench {

int fan_out(Words words) {
  const std::string subject = subject::broadcast(words[2], "everybody");
  const std::size_t count = std::stoul(words[3]);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  std::vector<std::unique_ptr<Client>> listeners;
  for (std::size_t i = 0; i < count; ++i) {
    listeners.push_back(std::make_unique<Client>(words[0], words[1]));
    listeners.back()->subscribe(subject);
  }
  Client sender(words[0], words[1]);
  const std::string message = message_of(key_of(1), "com.example.**", "everybody");
  for (int runs = std::stoi(words[4]); runs > 0; --runs) {
    const std::int64_t began = monotonic_ns();
    sender.publish(subject, message);
    sender.flush();
    const std::int64_t taken = monotonic_ns();
    for (const auto& listener : listeners) listener->next_message();
    std::printf("%lld %lld\n", static_cast<long long>(taken - began), static_cast<long long>(monotonic_ns() - began));
  }
  return 0;
}

}  // namespace remaphore::bench
