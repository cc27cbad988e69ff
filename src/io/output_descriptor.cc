#include "io/output_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace remaphore {
namespace {

constexpr unsigned kMemoryDevices = 1;  // the major number of /dev/null, /dev/full and the like

// The same pipe or terminal, non-blocking only for us.
Descriptor open_again(int fd) {
  struct stat wanted {};
  if (fstat(fd, &wanted) != 0) return {};
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  Descriptor own(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat found {};
  const bool same = own && fstat(own.get(), &found) == 0 && found.st_dev == wanted.st_dev &&
                    found.st_ino == wanted.st_ino && found.st_rdev == wanted.st_rdev;
  if (!same) own.reset();
  return own;
}

// While it exists, this thread gets a signal every kMaxWait that interrupts its wait.
class Interruption {
 public:
  Interruption() {
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {};  // without SA_RESTART
    sigaction(SIGRTMIN, &nothing, &action_);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN);
    pthread_sigmask(SIG_UNBLOCK, &one, &mask_);

    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGRTMIN;
    event.sigev_notify_thread_id = gettid();
    made_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
    const timespec each{0, std::chrono::nanoseconds(OutputDescriptor::kMaxWait).count()};
    const itimerspec times{each, each};  // again and again: the first may come before the wait begins
    if (made_) timer_settime(timer_, 0, &times, nullptr);
  }
  ~Interruption() {
    const int number = errno;
    if (made_) timer_delete(timer_);
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    sigaction(SIGRTMIN, &action_, nullptr);
    errno = number;
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  struct sigaction action_ {};
  sigset_t mask_{};
  timer_t timer_{};
  bool made_ = false;
};

ssize_t write_within_time(int fd, std::string_view bytes) {
  pollfd out{fd, POLLOUT, 0};
  if (poll(&out, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  const Interruption interruption;
  return ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
}

}  // namespace

OutputDescriptor::Kind OutputDescriptor::kind() {
  if (kind_ != Kind::kUnknown) return kind_;
  struct stat status {};
  if (fstat(fd_, &status) != 0) return kind_ = Kind::kFile;  // write(2) then gives the reason
  const mode_t mode = status.st_mode;
  terminal_ = S_ISCHR(mode) && isatty(fd_) == 1;
  if (S_ISSOCK(mode)) return kind_ = Kind::kSocket;
  if (S_ISFIFO(mode) || terminal_) return kind_ = Kind::kShared;
  const bool memory = S_ISCHR(mode) && major(status.st_rdev) == kMemoryDevices;
  return kind_ = S_ISREG(mode) || S_ISBLK(mode) || S_ISDIR(mode) || memory ? Kind::kFile : Kind::kOther;
}

bool OutputDescriptor::has_own() {
  if (kind() == Kind::kShared && !std::exchange(tried_, true)) own_ = open_again(fd_);
  return static_cast<bool>(own_);
}

OutputDescriptor::Taken OutputDescriptor::write(std::string_view bytes) {
  ssize_t written = 0;
  if (kind() == Kind::kFile) {
    written = ::write(fd_, bytes.data(), bytes.size());
  } else if (kind() == Kind::kSocket) {
    written = send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (has_own()) {
    written = ::write(own_.get(), bytes.data(), bytes.size());
  } else {
    written = write_within_time(fd_, bytes);
  }
  if (written >= 0) return {static_cast<std::size_t>(written), 0};
  return {0, errno == EAGAIN || errno == EINTR ? 0 : errno};
}

int OutputDescriptor::writable_fd() { return has_own() ? own_.get() : fd_; }

bool OutputDescriptor::is_terminal() {
  kind();
  return terminal_;
}

bool OutputDescriptor::has_reader() { return kind() != Kind::kFile; }

}  // namespace remaphore
