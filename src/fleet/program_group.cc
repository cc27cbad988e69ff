#include "fleet/program_group.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace remaphore::fleet {
namespace {

struct Pipe {
  Descriptor read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(Errc::kRuntime, fmt::format("cannot create a pipe: {}", std::strerror(errno)));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace

void Captured::prepare(PollSet& set) const {
  if (pipe_) set.add(pipe_.get(), POLLIN);
}

void Captured::dispatch(const PollSet& set) {
  if (!pipe_ || set.ready(pipe_.get()) == 0) return;
  char bytes[4096];
  const ssize_t got = ::read(pipe_.get(), bytes, sizeof bytes);
  if (got > 0) {
    text_.append(bytes, std::min(static_cast<std::size_t>(got), kMaxOutput - text_.size()));
  } else if (got == 0 || errno != EINTR) {
    pipe_.reset();
  }
}

ProgramGroup::ProgramGroup(Signals& signals, MonotonicTime deadline) : deadline_(deadline), loop_(signals) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // we adopt and wait for what a program leaves behind
  loop_.add(*this);
}

Result<Program*> ProgramGroup::start(std::string name, std::vector<std::string> arguments, std::string folder) {
  Result<Pipe> out = make_pipe();
  if (!out) return pass_on(out);
  Result<Pipe> err = make_pipe();
  if (!err) return pass_on(err);
  Result<Process> process =
      Process::start({std::move(arguments), std::move(folder), out->write.get(), err->write.get()});
  if (!process) return pass_on(process);
  programs_.push_back(
      Program{std::move(name), Captured(std::move(out->read)), Captured(std::move(err->read)), std::move(*process)});
  return &programs_.back();
}

Result<void> ProgramGroup::wait(const std::function<bool()>& ready, std::string_view what) {
  while (!ready()) {
    if (loop_.stop_signal()) return fail(Errc::kRuntime, fmt::format("interrupted while waiting for {}", what));
    if (std::chrono::steady_clock::now() >= deadline_) {
      return fail(Errc::kRuntime, fmt::format("waited too long for {}", what));
    }
    loop_.wait(deadline_);
  }
  return {};
}

void ProgramGroup::prepare(PollSet& set) {
  for (const Program& program : programs_) {
    program.out.prepare(set);
    program.err.prepare(set);
    if (!program.process.status()) set.add(program.process.descriptor(), POLLIN);
  }
}

void ProgramGroup::dispatch(const PollSet& set) {
  for (Program& program : programs_) {
    program.out.dispatch(set);
    program.err.dispatch(set);
  }
}

}  // namespace remaphore::fleet
