#include "io/drained_pipes.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace remaphore {
namespace {

constexpr std::size_t kPipeHolds = std::size_t{64} << 10;  // what a pipe holds: no writer keeps us from the rest

// False once no writer is left.
bool drain(int pipe) {
  char dropped[kPipeHolds];
  const ssize_t got = read(pipe, dropped, sizeof dropped);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

std::size_t DrainedPipes::allowed() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kMax;
  return std::min<std::size_t>(kMax, limit.rlim_cur / 4);
}

bool DrainedPipes::add(Descriptor pipe) {
  if (!drain(pipe.get())) return true;  // as after most commands: no writer is left
  pipes_.push_back(std::move(pipe));
  if (pipes_.size() <= most_) return true;
  pipes_.pop_front();
  return false;
}

void DrainedPipes::prepare(PollSet& set) const {
  for (const Descriptor& pipe : pipes_) set.add(pipe.get(), POLLIN);
}

void DrainedPipes::dispatch(const PollSet& set) {
  std::erase_if(pipes_, [&set](const Descriptor& pipe) { return set.ready(pipe.get()) != 0 && !drain(pipe.get()); });
}

}  // namespace remaphore
