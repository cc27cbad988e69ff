#include "io/readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/redact.h"
#include "io/output_descriptor.h"
#include "io/trusted_path.h"

namespace remaphore {
namespace {

constexpr std::size_t kLongestContent = 12;  // a process id and a newline

// There is a file of that name, and it looks like one left by an earlier run.
bool is_of_a_former_run(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  char content[kLongestContent + 1];
  const ssize_t size = read(file.get(), content, sizeof content);
  if (size == 0) return true;
  if (size < 2 || size > static_cast<ssize_t>(kLongestContent) || content[size - 1] != '\n') return false;
  return std::all_of(content, content + size - 1, [](char c) { return c >= '0' && c <= '9'; });
}

// A new, empty file beside `path`.
Descriptor make_temporary(const std::string& path, std::string& name) {
  name = path + ".XXXXXX";
  return Descriptor(mkostemp(name.data(), O_CLOEXEC));
}

}  // namespace

Result<std::unique_ptr<Readiness>> Readiness::prepare(const std::optional<std::string>& path, std::optional<int> fd,
                                                      Log& log) {
  std::unique_ptr<Readiness> readiness(new Readiness(log));
  if (path) {
    if (auto taken = readiness->take_file(*path); !taken) return pass_on(taken);
  }
  if (fd) {
    if (auto taken = readiness->take_descriptor(*fd); !taken) return pass_on(taken);
  }
  return readiness;
}

Result<void> Readiness::take_file(const std::string& path) {
  const std::string name = display_path(path);
  if (const auto trusted = is_there_and_trusted(path); !trusted) {
    return fail(Errc::kUsage, fmt::format("{}: the ready file cannot be created: {}", name, trusted.error().message));
  }
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) {
    if (!is_of_a_former_run(path)) {
      return fail(Errc::kUsage,
                  fmt::format("{}: already exists and is not a ready file; remove it or choose another name", name));
    }
    if (unlink(path.c_str()) != 0) {
      return fail(Errc::kUsage, fmt::format("{}: the ready file of an earlier run cannot be removed: {}", name,
                                            std::strerror(errno)));
    }
  }
  std::string aside;
  if (!make_temporary(path, aside)) {
    return fail(Errc::kUsage, fmt::format("{}: the ready file cannot be created: {}", name, std::strerror(errno)));
  }
  unlink(aside.c_str());
  path_ = path;
  return {};
}

Result<void> Readiness::take_descriptor(int fd) {
  const auto refuse = [fd](const char* why) {
    return fail(Errc::kUsage, fmt::format("option --ready-fd: descriptor {} {}", fd, why));
  };
  if (fd <= STDERR_FILENO) return refuse("is in use; choose one above 2");
  const int flags = fcntl(fd, F_GETFD);
  if (flags < 0 || (flags & FD_CLOEXEC) != 0) return refuse("is not open");  // our own ones are all closed on exec
  if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) return refuse("is not open for writing");
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fd_.reset(fd);
  return {};
}

void Readiness::update(const ServiceState& state) {
  if (state.phase != ServiceState::Phase::kSubscribed) return remove_file();
  if (subscribed_) return;
  subscribed_ = true;
  if (!path_.empty() && !make_file()) {
    log_.error(fmt::format("{}: the ready file cannot be created: {}", display_path(path_), std::strerror(errno)));
  }
  if (fd_) notify_descriptor();
}

bool Readiness::make_file() {
  std::string aside;
  const Descriptor file = make_temporary(path_, aside);
  if (!file) return false;
  const std::string content = fmt::format("{}\n", getpid());
  struct stat status {};
  if (write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      fchmod(file.get(), 0644) == 0 && fstat(file.get(), &status) == 0 && rename(aside.c_str(), path_.c_str()) == 0) {
    made_ = status.st_ino;
    return true;
  }
  const int number = errno;
  unlink(aside.c_str());
  errno = number;
  return false;
}

// Removes it only if it is still ours: another listener may have taken the name since.
void Readiness::remove_file() {
  struct stat status {};
  if (made_ != 0 && lstat(path_.c_str(), &status) == 0 && status.st_ino == made_) unlink(path_.c_str());
  made_ = 0;
  subscribed_ = false;
}

void Readiness::notify_descriptor() {
  const OutputDescriptor::Taken taken = OutputDescriptor(fd_.get()).write("\n");
  if (taken.bytes != 1) {
    const int number = taken.error != 0 ? taken.error : EAGAIN;  // a full pipe
    log_.error(fmt::format("cannot notify descriptor {}: {}", fd_.get(), std::strerror(number)));
  }
  fd_.reset();
}

}  // namespace remaphore
