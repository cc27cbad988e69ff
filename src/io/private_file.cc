#include "io/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/redact.h"
#include "core/keys.h"
#include "io/descriptor.h"
#include "io/signals.h"

namespace remaphore {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(5);

// Waits until `fd` has something to read; false: nothing came in time.
bool await_input(int fd, Deadline deadline) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  for (const int signal : kStopSignals) sigdelset(&mask, signal);
  pollfd input{fd, POLLIN, 0};
  timespec timeout{};
  if (deadline) {
    const Duration left = std::max(Duration(0), Duration(*deadline - std::chrono::steady_clock::now()));
    timeout.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    timeout.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  }
  return ppoll(&input, 1, deadline ? &timeout : nullptr, &mask) != 0;
}

std::string permission_warning(const std::string& path, mode_t mode) {
  const bool readable = (mode & S_IROTH) != 0;
  const bool writable = (mode & (S_IWGRP | S_IWOTH)) != 0;
  if (!readable && !writable) return {};
  return fmt::format("{}: {} (mode {:04o}); run chmod 640", display_path(path),
                     writable ? "is writable by group or others" : "is readable by others", mode & 07777);
}

}  // namespace

Result<PrivateFile> read_private_file(const std::string& path, std::size_t limit) {
  return read_private_file(path, limit, deadline_after(std::chrono::steady_clock::now(), kTimeout));
}

Result<PrivateFile> read_private_file(const std::string& path, std::size_t limit, Deadline deadline) {
  const auto cannot = [&path](std::string_view why) {
    return fail(Errc::kConfig, fmt::format("{}: cannot be read: {}", display_path(path), why));
  };
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return cannot(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return cannot("it is a folder");

  PrivateFile result;
  if (S_ISREG(status.st_mode)) result.warning = permission_warning(path, status.st_mode);
  // One byte more than the file has, so that its end is seen without growing: a growing buffer leaves secrets behind.
  std::vector<char> text(S_ISREG(status.st_mode) ? std::min(static_cast<std::size_t>(status.st_size), limit) + 1
                                                 : 65536);
  std::size_t size = 0;
  while (true) {
    if (size == text.size()) {
      std::vector<char> larger(text.size() * 2);
      std::memcpy(larger.data(), text.data(), size);
      keys::wipe(text);
      text.swap(larger);
    }
    if (!S_ISREG(status.st_mode) && !await_input(file.get(), deadline)) return cannot("no data arrived in time");
    const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return cannot(std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > limit) return cannot(fmt::format("it has more than {} bytes", limit));
  }
  text.resize(size);
  result.text = std::move(text);
  return result;
}

Result<std::string> check_private_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) {
    return fail(Errc::kConfig, fmt::format("{}: cannot be read: {}", display_path(path), std::strerror(errno)));
  }
  return permission_warning(path, status.st_mode);
}

}  // namespace remaphore
