// SIGTERM, SIGINT, SIGHUP and SIGQUIT as events, SIGPIPE and SIGXFSZ as error codes; on request, events for the
// terminal and for children. Commands start with the original signal state.
#pragma once

#include <signal.h>

#include <array>
#include <deque>
#include <initializer_list>
#include <optional>
#include <utility>

namespace remaphore {

// The signals that ask this process to end, each in the same way.
inline constexpr std::array kStopSignals{SIGTERM, SIGINT, SIGHUP, SIGQUIT};

class Signals {
 public:
  // Blocks the four (those that were ignored when the process started, as by nohup, stay ignored), ignores the other
  // two, and resets SIGCHLD to its default: with SIGCHLD ignored, children leave no exit status. Call it before any
  // thread is started.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const { return fd_; }  // readable when one came; -1 if none could be made
  void read();
  std::optional<int> stop_signal() const { return stop_signal_; }  // the first that came
  // The next that has not been taken, in order of arrival, to be passed on.
  std::optional<int> take_stop_signal();

  // From now on SIGUSR1 and SIGUSR2 are taken like the four, to be passed on.
  void watch_user_signals();

  // From now on also reports SIGWINCH (the terminal was resized) and SIGCONT (we were stopped; others may have drawn).
  void watch_terminal();
  bool take_resized() { return std::exchange(resized_, false); }  // since the last call
  bool take_resumed() { return std::exchange(resumed_, false); }

  // From now on also reports SIGCHLD.
  void watch_children();
  bool take_child_ended() { return std::exchange(child_ended_, false); }  // since the last call

  // What a child gets: the original mask, and the signals whose disposition we changed from the default.
  const sigset_t& original_mask() const { return original_mask_; }
  const sigset_t& changed() const { return changed_; }

  // Ends the process as `signal` would have. Does not return.
  [[noreturn]] void die_of(int signal);

 private:
  void watch(std::initializer_list<int> signals);

  int fd_ = -1;
  sigset_t watched_{};
  std::optional<int> stop_signal_;
  std::deque<int> untaken_;  // stop signals
  bool resized_ = false, resumed_ = false, child_ended_ = false;
  sigset_t original_mask_{};
  sigset_t changed_{};
};

}  // namespace remaphore
