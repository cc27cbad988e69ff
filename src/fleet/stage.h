// The demo's programs: started with their output in our hands, waited for in one place, gone when this is.
// While it exists INT, TERM and HUP are blocked and only end its waits, so that nothing is left behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "fleet/process.h"

namespace remaphore::fleet {

inline constexpr std::size_t kMaxOutput = 64 * 1024;  // bytes kept of each stream; the rest is read and dropped

class Stream {  // the reading end of a pipe
 public:
  explicit Stream(int fd) : fd_(fd) {}
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  int descriptor() const { return fd_; }  // -1 once its end was read
  void read_some();
  const std::string& text() const { return text_; }
  bool has(std::string_view part) const { return text_.find(part) != std::string::npos; }

 private:
  int fd_;
  std::string text_;
};

struct Actor {
  std::string name;
  Stream out, err;
  Process process;

  // Ended, with all its output read.
  bool done() const { return process.status() && out.descriptor() < 0 && err.descriptor() < 0; }
};

class Stage {
 public:
  explicit Stage(std::chrono::steady_clock::time_point deadline);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  // The reference stays valid as long as the stage. Errc::kRuntime.
  Result<Actor*> start(std::string name, std::vector<std::string> arguments, std::string folder);

  // Reads what the actors say until `ready()`. Errc::kRuntime at the deadline, naming `what`, or at a signal.
  Result<void> wait(const std::function<bool()>& ready, std::string_view what);

  // Everyone off.
  void clear() { actors_.clear(); }

  int signal() const { return signal_; }  // that ended a wait; 0: none

 private:
  std::chrono::steady_clock::time_point deadline_;
  sigset_t mask_before_{};
  int signals_;
  int signal_ = 0;
  std::list<Actor> actors_;
};

}  // namespace remaphore::fleet
