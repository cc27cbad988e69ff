#include "io/confirmation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <string_view>

#include "base/text.h"
#include "io/descriptor.h"
#include "io/locale.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxLine = 4096;  // of a terminal in canonical mode

// False: a stop signal came first.
bool await(int fd, short events, Signals& signals) {
  while (!signals.stop_signal()) {
    pollfd both[] = {{fd, events, 0}, {signals.fd(), POLLIN, 0}};
    poll(both, 2, -1);
    if (both[1].revents != 0) signals.read();
    if (both[0].revents != 0) return !signals.stop_signal();
  }
  return false;
}

bool show(int fd, std::string_view text, Signals& signals) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN || !await(fd, POLLOUT, signals)) return false;
  }
  return true;
}

// Up to the newline or the end of input.
std::string read_line(int fd, Signals& signals) {
  std::string line;
  char byte = 0;
  while (line.size() < kMaxLine) {
    const ssize_t got = read(fd, &byte, 1);
    if (got == 1 && byte != '\n') line += byte;
    if (got == 0 || (got == 1 && byte == '\n')) return line;
    if (got == 1 || errno == EINTR) continue;
    if (errno != EAGAIN || !await(fd, POLLIN, signals)) return "";
  }
  return "";
}

}  // namespace

Consent ask_on_terminal(const std::string& question, Signals& signals) {
  const Descriptor terminal(open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return Consent::kNoTerminal;
  const std::string shown = locale_is_utf8() ? question : escape_beyond_ascii(question);
  if (!show(terminal.get(), shown, signals)) return Consent::kNo;
  const std::string line = read_line(terminal.get(), signals);
  const std::string_view answer = trim(line);
  const bool yes = equals_ignoring_case(answer, "y") || equals_ignoring_case(answer, "yes");
  return yes ? Consent::kYes : Consent::kNo;
}

}  // namespace remaphore
