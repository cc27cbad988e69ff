#include "io/confirmation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <string_view>

#include "base/text.h"
#include "io/await.h"
#include "io/descriptor.h"
#include "io/locale.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxLine = 4096;  // of a terminal in canonical mode

bool show(int fd, std::string_view text, Signals& signals, Deadline deadline) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN || !await(fd, POLLOUT, signals, deadline)) return false;
  }
  return true;
}

// Up to the newline or the end of input.
std::string read_line(int fd, Signals& signals, Deadline deadline) {
  std::string line;
  char byte = 0;
  while (line.size() < kMaxLine) {
    const ssize_t got = read(fd, &byte, 1);
    if (got == 1 && byte != '\n') line += byte;
    if (got == 0 || (got == 1 && byte == '\n')) return line;
    if (got == 1 || errno == EINTR) continue;
    if (errno != EAGAIN || !await(fd, POLLIN, signals, deadline)) return "";
  }
  return "";
}

}  // namespace

Consent ask_on_terminal(const std::string& question, Signals& signals, Deadline deadline) {
  const Descriptor terminal(open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return Consent::kNoTerminal;
  const std::string shown = locale_is_utf8() ? question : escape_beyond_ascii(question);
  std::string line;
  if (show(terminal.get(), shown, signals, deadline)) line = read_line(terminal.get(), signals, deadline);
  const std::string_view answer = trim(line);
  if (equals_ignoring_case(answer, "y") || equals_ignoring_case(answer, "yes")) return Consent::kYes;
  if (!passed(deadline, std::chrono::steady_clock::now())) return Consent::kNo;
  show(terminal.get(), "\n", signals, std::nullopt);
  return Consent::kTooLate;
}

}  // namespace remaphore
