#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/subject.h"
#include "load/client.h"
#include "load/commands.h"
#include "load/people.h"
#include "nats/writer.h"

namespace remaphore::bench {

int signal_all(Words words) {
  const std::string subject = subject::broadcast(words[2], "all");
  const std::size_t count = std::stoul(words[3]);
  std::string all;
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string message = message_of(key_of(i), "**", "here");
    nats::write_publish(all, {.subject = subject, .payload = message});
  }
  Client client(words[0], words[1]);
  std::puts("ready");
  std::fflush(stdout);
  while (client.read_unless(STDIN_FILENO)) {
  }
  const std::int64_t began = monotonic_ns();
  client.write(all);
  client.flush();
  std::printf("%lld\n", static_cast<long long>(began));
  return 0;
}

}  // namespace remaphore::bench
