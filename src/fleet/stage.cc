#include "fleet/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace remaphore::fleet {
namespace {

struct Pipe {
  int read = -1, write = -1;

  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    read = ends[0];
    write = ends[1];
    ::fcntl(read, F_SETFL, O_NONBLOCK);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    if (write >= 0) ::close(write);
  }
};

}  // namespace

Stream::Stream(Stream&& other) noexcept : fd_(std::exchange(other.fd_, -1)), text_(std::move(other.text_)) {}

Stream::~Stream() {
  if (fd_ >= 0) ::close(fd_);
}

void Stream::read_some() {
  char bytes[4096];
  const ssize_t got = ::read(fd_, bytes, sizeof bytes);
  if (got > 0) {
    text_.append(bytes, std::min(static_cast<std::size_t>(got), kMaxOutput - text_.size()));
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    ::close(fd_);
    fd_ = -1;
  }
}

Stage::Stage(std::chrono::steady_clock::time_point deadline) : deadline_(deadline) {
  sigset_t ending;
  sigemptyset(&ending);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    // One that is ignored, as under nohup, stays so: blocking alone would make it arrive here.
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&ending, signal);
  }
  ::sigprocmask(SIG_BLOCK, &ending, &mask_before_);
  signals_ = ::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
}

Stage::~Stage() {
  clear();
  if (signals_ >= 0) ::close(signals_);
  ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

Result<Actor*> Stage::start(std::string name, std::vector<std::string> arguments, std::string folder) {
  const Pipe out, err;
  Stream out_stream(out.read), err_stream(err.read);
  if (out.write < 0 || err.write < 0)
    return fail(Errc::kRuntime, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  Result<Process> process = Process::start({std::move(arguments), std::move(folder), out.write, err.write});
  if (!process) return Unexpected(process.error());
  actors_.push_back(Actor{std::move(name), std::move(out_stream), std::move(err_stream), std::move(*process)});
  return &actors_.back();
}

Result<void> Stage::wait(const std::function<bool()>& ready, std::string_view what) {
  while (!ready()) {
    std::vector<pollfd> entries{{signals_, POLLIN, 0}};
    std::vector<Stream*> streams;
    for (Actor& actor : actors_) {
      for (Stream* stream : {&actor.out, &actor.err}) {
        if (stream->descriptor() < 0) continue;
        entries.push_back({stream->descriptor(), POLLIN, 0});
        streams.push_back(stream);
      }
    }
    for (Actor& actor : actors_) {
      if (!actor.process.status()) entries.push_back({actor.process.descriptor(), POLLIN, 0});
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail(Errc::kRuntime, fmt::format("waited too long for {}", what));
    if (::poll(entries.data(), entries.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return fail(Errc::kRuntime, fmt::format("poll: {}", std::strerror(errno)));
    }
    signalfd_siginfo caught{};
    if (entries[0].revents != 0 && ::read(signals_, &caught, sizeof caught) == sizeof caught) {
      signal_ = static_cast<int>(caught.ssi_signo);
      return fail(Errc::kRuntime, "interrupted");
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (entries[i + 1].revents != 0) streams[i]->read_some();
    }
  }
  return {};
}

}  // namespace remaphore::fleet
