#include "io/payload_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstring>

#include "base/redact.h"
#include "core/message.h"
#include "io/await.h"
#include "io/descriptor.h"

namespace remaphore {

Result<std::string> read_payload(const std::string& path, Signals& signals, Deadline deadline) {
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
    if (!await(fd, POLLIN, signals, deadline)) {
      return fail(Errc::kRuntime, fmt::format("{} did not end in time; nothing was sent", name));
    }
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail(Errc::kUsage, fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
    if (got == 0) return payload;
    payload.append(buffer, static_cast<std::size_t>(got));
    if (payload.size() > kMaxPayload) {
      return fail(Errc::kUsage, fmt::format("{} is too large: the largest payload has {} bytes", name, kMaxPayload));
    }
  }
}

}  // namespace remaphore
