// Has this signed message been accepted before? Keyed by SHA-256(PUB || signed bytes), so that no respelling of a
// signature makes a second copy. doc/wire-format.md, "Order of checks".
//
// An entry lives until its message's TIME + allow_skew lies before everything that may still have to be judged. What was
// forgotten is a span of such times that nothing may pass (forgotten.h): a wall clock that is stepped back cannot reopen
// the window, and one that was ahead for a while does not close it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_map.h"
#include "base/time.h"
#include "core/forgotten.h"
#include "core/keys.h"
#include "core/shares.h"

namespace remaphore {

// One accepted message as it is kept outside of the process.
struct GuardRecord {
  Digest key;     // all zero: no message, but a span of what is forgotten, from `since` to `time`
  WallTime time;  // without allow_skew, which may be another one when it is read
  PublicKey peer;
  WallTime since = WallTime::min();  // of a span

  bool is_floor() const { return key == Digest{}; }
};

class ReplayGuard {
 public:
  // Entries. A quarter of the total at most belongs to one peer, so that no key can fill the table; half of it is split
  // evenly between the peers, so that not even several can fill it for another.
  struct Limits {
    std::size_t total = std::size_t{1} << 20;
    std::size_t per_peer = std::size_t{1} << 18;
    Duration linger{0};                  // how long an entry is kept beyond its need, while the table is small
    Duration horizon = Duration::max();  // what expires later than this from now came when our clock was wrong
  };

  enum class Verdict { kNew, kSeen, kForgotten, kFull };

  ReplayGuard(std::size_t peers, Limits limits);
  explicit ReplayGuard(std::size_t peers) : ReplayGuard(peers, Limits{}) {}
  // Others than so far. What is known stays known, whoever it was from.
  void set_peers(std::size_t peers);

  // Check 7. `expires` is TIME + allow_skew. kForgotten: it may have been seen.
  Verdict look_up(const Digest& key, WallTime expires) const;

  // Check 9, after the signature: kNew means remembered. kFull: the peer's share or the table is used up.
  // `peer` is the text of its public key.
  Verdict remember(const Digest& key, WallTime expires, std::string_view peer);

  // Nothing that arrived before `oldest` is to be judged now: entries that expired before it may go. It moves with the
  // clock, back too.
  void advance(WallTime oldest) { oldest_ = oldest; }

  // Nothing that expires then will pass any more.
  void forget(WallTime expires) { forgotten_.add(expires); }
  void forget(Forgotten::Span expires) { forgotten_.add(expires); }
  const Forgotten& forgotten() const { return forgotten_; }

  // Calls visit(key, expires, peer) for every entry.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : entries_) visit(entry.key, entry.expires, std::string_view(peers_[entry.peer].key));
  }

  std::size_t size() const { return entries_.size(); }
  WallTime floor() const { return forgotten_.highest(); }

 private:
  struct Entry {
    Digest key;
    WallTime expires;
    std::uint32_t peer;  // index into peers_
  };
  // Who has entries.
  struct Holder {
    std::string key;
    std::size_t entries = 0;
  };

  std::size_t slot_of(const Digest& key) const;  // where it is or would be
  void sweep(Duration linger);                   // forgets what expired that long before oldest_
  void index(std::size_t slots);                 // anew
  std::size_t held_by(std::string_view peer) const;
  std::uint32_t holder(std::string_view peer);  // its number, a new one if need be
  void count(std::uint32_t number, std::size_t entries);

  const std::size_t total_;
  Shares shares_;
  const std::uint64_t secret_;  // nobody can choose keys that all have the same slot
  std::deque<Entry> entries_;   // grows without a copy
  // Index into entries_ plus one; 0: free. A power of two of them, at most three quarters full.
  std::vector<std::uint32_t> slots_;
  std::vector<Holder> peers_;         // those without entries are free
  StringMap<std::uint32_t> numbers_;  // of those with entries, in peers_
  std::vector<std::uint32_t> free_numbers_;
  const Duration linger_, horizon_;
  Forgotten forgotten_;
  WallTime oldest_ = WallTime::min();
  std::size_t put_off_ = 0;              // sweeps not made since the last one
  WallTime earliest_ = WallTime::max();  // no entry expires before this
  WallTime latest_ = WallTime::min();    // nor after this
};

}  // namespace remaphore
