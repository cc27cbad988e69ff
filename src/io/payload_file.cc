#include "io/payload_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/redact.h"
#include "core/message.h"
#include "io/descriptor.h"

namespace remaphore {
namespace {

// Until `fd` has something to read. False: the deadline or a stop signal came first.
bool await_input(int fd, Signals& signals, std::optional<MonotonicTime> deadline) {
  while (!signals.stop_signal()) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      timeout = static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000));
    }
    pollfd both[] = {{fd, POLLIN, 0}, {signals.fd(), POLLIN, 0}};
    poll(both, 2, timeout);
    if (both[1].revents != 0) signals.read();
    if (both[0].revents != 0) return true;
  }
  return false;
}

}  // namespace

Result<std::string> read_payload(const std::string& path, Signals& signals, std::optional<MonotonicTime> deadline) {
  const std::string name = path.empty() ? "standard input" : display_path(path);
  Descriptor opened;
  int fd = STDIN_FILENO;
  if (!path.empty()) {
    opened.reset(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!opened) return fail(Errc::kUsage, fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
    fd = opened.get();
  }
  std::string payload;
  char buffer[16 << 10];
  while (true) {
    if (!await_input(fd, signals, deadline)) {
      return fail(Errc::kRuntime, fmt::format("{} did not end in time; nothing was sent", name));
    }
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail(Errc::kUsage, fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
    if (got == 0) return payload;
    payload.append(buffer, static_cast<std::size_t>(got));
    if (payload.size() > kMaxPayload) {
      return fail(Errc::kUsage, fmt::format("{} has more than {} bytes, the largest payload", name, kMaxPayload));
    }
  }
}

}  // namespace remaphore
