#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/subject.h"
#include "load/client.h"
#include "load/commands.h"
#include "load/people.h"

extern char** environ;

namespace remaphore::bench {
namespace {

// The next line of a pipe: what one stamp wrote.
std::int64_t read_stamp(int pipe) {
  char text[64];
  const ssize_t got = read(pipe, text, sizeof text - 1);
  if (got <= 0) die("no stamp");
  text[got] = 0;
  return std::atoll(text);
}

std::int64_t spawn(const std::string& program, const std::string& fifo, int pipe) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, fifo.c_str(), O_WRONLY, 0);
  std::string name = program, verb = "ping", payload = "1";  // what the listener passes
  char* const arguments[] = {name.data(), verb.data(), payload.data(), nullptr};
  pid_t child = -1;
  const std::int64_t began = monotonic_ns();
  if (posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) != 0) die("cannot spawn");
  const std::int64_t stamp = read_stamp(pipe);
  waitpid(child, nullptr, 0);
  posix_spawn_file_actions_destroy(&actions);
  return stamp - began;
}

}  // namespace

int react(Words words) {
  const std::string subject = subject::broadcast(words[2], "all"), other = words[2] + ".carried";
  const SecretKey node = key_of(1);
  const int pipe = open(words[5].c_str(), O_RDWR | O_CLOEXEC);
  if (pipe < 0) die("no fifo");
  Client client(words[0], words[1]), receiver(words[0], words[1]);
  receiver.subscribe(other);
  std::puts("open");
  std::fflush(stdout);
  char go = 0;
  if (read(STDIN_FILENO, &go, 1) != 1) return 0;
  for (int runs = std::stoi(words[3]); runs > 0; --runs) {
    const std::string message = message_of(node, words[4], "1");
    std::int64_t began = monotonic_ns();
    client.publish(subject, message);
    const std::int64_t reaction = read_stamp(pipe) - began;
    const std::int64_t spawned = spawn(words[6], words[5], pipe);
    began = monotonic_ns();
    client.publish(other, message);
    receiver.next_message();
    const std::int64_t carried = monotonic_ns() - began;
    std::printf("%lld %lld %lld\n", static_cast<long long>(reaction), static_cast<long long>(spawned),
                static_cast<long long>(carried));
  }
  return 0;
}

}  // namespace remaphore::bench
