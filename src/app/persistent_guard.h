// The replay guard of a listener, with a journal that lets it remember across restarts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/replay_guard.h"
#include "core/trust.h"
#include "ports/clock.h"
#include "ports/guard_journal.h"
#include "ports/log.h"

namespace remaphore {

class PersistentGuard {
 public:
  struct Options {
    std::size_t peers;  // keys that are configured
    ReplayGuard::Limits limits;
    Window window;  // of the messages
  };
  // The references must outlive it. `journal` may be absent; otherwise its content is loaded at the start.
  PersistentGuard(const Options& options, GuardJournal* journal, const Clock& clock, Log& log);

  const ReplayGuard& guard() const { return guard_; }
  ReplayGuard& guard() { return guard_; }

  // Records a message that the guard now remembers, before it is acted on, so that it is acted on at most once, even
  // after a crash. False: it could not be recorded; this has been reported.
  bool record(const Digest& key, WallTime expires, std::string_view peer);

  // Advice if messages are refused until then; empty if that is soon.
  std::optional<std::string> remedy(WallTime until) const;

 private:
  void restore();
  void forget_damaged(std::size_t records, WallTime last_sent);
  void shorten_journal();
  static constexpr Duration kShortenRetry = std::chrono::seconds(60);  // after a failure, as on a full disk

  const Window window_;
  GuardJournal* journal_;
  const Clock& clock_;
  Log& log_;
  ReplayGuard guard_;
  MonotonicTime shorten_after_ = MonotonicTime::min();
};

}  // namespace remaphore
