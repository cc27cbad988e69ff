// The demo's programs: started with their output captured, awaited in one place, ended when this is destroyed.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "fleet/process.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/signals.h"

namespace remaphore::fleet {

// Bytes kept of each stream; the rest is read and dropped.
inline constexpr std::size_t kMaxOutput = std::size_t{64} << 10;

class Captured {  // one stream of a program
 public:
  explicit Captured(Descriptor pipe) : pipe_(std::move(pipe)) {}

  void prepare(PollSet& set) const;
  void dispatch(const PollSet& set);
  bool ended() const { return !pipe_; }
  const std::string& text() const { return text_; }
  bool has(std::string_view part) const { return text_.find(part) != std::string::npos; }

 private:
  Descriptor pipe_;
  std::string text_;
};

struct Program {
  std::string name;
  Captured out, err;
  Process process;

  // It has ended, and all its output has been read.
  bool done() const { return process.status() && out.ended() && err.ended(); }
};

// Makes this process adopt its programs' orphans, to wait for them: PR_SET_CHILD_SUBREAPER, until the process ends.
class ProgramGroup : public EventSource {
 public:
  // Its waits fail at a signal (io/signals.h) or the deadline. `signals` must outlive it.
  ProgramGroup(Signals& signals, MonotonicTime deadline);

  // The pointer stays valid as long as the group. Errc::kRuntime.
  Result<Program*> start(std::string name, std::vector<std::string> arguments, std::string folder);

  // Reads the programs' output until `ready()`. Errc::kRuntime, naming `what`.
  Result<void> wait(const std::function<bool()>& ready, std::string_view what);

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  MonotonicTime deadline_;
  EventLoop loop_;
  std::list<Program> programs_;
};

}  // namespace remaphore::fleet
