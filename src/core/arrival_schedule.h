// When a participant of a barrier (--arrive) signals, so that each node hears every other, in whatever order they
// arrive.
//
// A node signals
//   1. once its subscription is confirmed, first or again, and once more kSecond after that signal;
//   2. when it hears a node for the first time;
//   3. when it hears a node again that may have been away: none of our signals is known to have reached it, and we have
//      not signalled within kRecent;
// but never twice within kPause. It leaves once it has heard all and owes no signal by 1 to 3 (the second of 1 is not
// owed).
//
// Proof that nodes i and j hear each other while both stay subscribed; let i subscribe first. Signals of j come after
// j's subscription, so i hears them all. It remains to show that i signals after j's subscription began, because j
// hears that. If j's first signal is the first that i hears of j, rule 2 says so. Else i may leave it unanswered,
// because i's own last signal is more recent than j's previous one (and may have been lost with j's old subscription)
// or is younger than kRecent. Then j's second signal comes, more than kRecent later. If i has not signalled in between,
// its last signal is older than j's previous one and than kRecent, and rule 3 applies. A node that is complete owes no
// signal when it leaves, so it has signalled since it first heard each of the others. One case remains: a node whose
// link breaks between its own signal and the last one of a node that then leaves. Nobody is left to tell it; stored
// signals can (--since).
//
// Why they fall silent: a first hearing happens once per node and arrival. An answer by rule 3 is heard by others less
// than kRecent after their own answers to the same signal, so nobody answers it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"

namespace remaphore {

class ArrivalSchedule {
 public:
  static constexpr Duration kPause = std::chrono::seconds(1);
  static constexpr Duration kRecent = std::chrono::seconds(2);
  static constexpr Duration kSecond = std::chrono::seconds(3);
  // A signal this soon after the previous one is that node's second: it was not disconnected in between.
  static constexpr Duration kExplained = kSecond + std::chrono::seconds(1);

  void subscribed();                                     // our subscription is confirmed, first or again
  void cut_off();                                        // our subscription is lost
  void heard(std::string_view node, MonotonicTime now);  // any signal of another node
  void sent(MonotonicTime now);                          // our signal

  bool owes_signal() const { return owes_; }
  // When to signal next; nullopt: not unless something happens. With `complete`, only what is owed.
  Deadline due(bool complete) const;

 private:
  bool subscribed_ = false;
  bool owes_ = false;
  bool first_ = false;  // the next signal is the first of this subscription
  Deadline second_at_;
  std::optional<MonotonicTime> sent_at_;
  std::map<std::string, MonotonicTime, std::less<>> heard_at_;  // of each node, the last time
};

}  // namespace remaphore
