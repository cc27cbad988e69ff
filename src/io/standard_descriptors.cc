#include "io/standard_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>

namespace remaphore {
namespace {

// Takes the lowest free number.
int open_unusable(int fd) {
  const int null = open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  return null >= 0 ? null : open("/", O_PATH);  // a chroot without /dev: neither to be read nor to be written
}

}  // namespace

Result<void> occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0 || open_unusable(fd) == fd) continue;
    return fail(Errc::kRuntime, fmt::format("descriptor {} is closed, and nothing can be opened in its place: {}", fd,
                                            std::strerror(errno)));
  }
  return {};
}

}  // namespace remaphore
