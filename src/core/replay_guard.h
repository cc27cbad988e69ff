// Detects signed messages that were accepted before. Keyed by SHA-256(PUB || signed bytes), so that another spelling of
// a signature does not make a second copy. doc/wire-format.md, "Order of checks".
//
// An entry is kept until the end of its message's window (trust.h; TIME + allow_skew without --since) is earlier than
// anything that may still need a check. Forgotten entries become spans of time in which nothing is accepted
// (forgotten.h): setting the wall clock back cannot reopen the window, and a clock that was ahead for a while does not
// close it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/forgotten_spans.h"
#include "core/key_text.h"
#include "core/keys.h"
#include "core/shares.h"

namespace remaphore {

// One accepted message as it is kept outside of the process.
struct GuardRecord {
  Digest key;     // all zero: no message, but a forgotten span, from `since` to `time`
  WallTime time;  // without allow_skew, which may have changed when this is read
  PublicKey peer;
  WallTime since = WallTime::min();  // of a span

  bool is_span() const { return key == Digest{}; }
};

class ReplayGuard {
 public:
  // Entries. One peer may hold at most a quarter of the total, so that no key can fill the table; half of it is split
  // evenly between the peers, so that several together cannot crowd out another.
  struct Limits {
    std::size_t total = std::size_t{1} << 20;
    std::size_t per_peer = std::size_t{1} << 18;
    Duration linger{0};                  // how much longer than needed an entry is kept, while the table is small
    Duration horizon = Duration::max();  // entries that expire further ahead were accepted while our clock was wrong
  };

  enum class Verdict { kNew, kSeen, kForgotten, kFull };

  ReplayGuard(std::size_t peers, Limits limits);
  explicit ReplayGuard(std::size_t peers) : ReplayGuard(peers, Limits{}) {}
  // Changes the number of peers. Entries are kept, whichever peer they belong to.
  void set_peers(std::size_t peers);

  // Check 7. `expires`: until when the message can be accepted, TIME + allow_skew without --since. kForgotten: it may
  // have been seen.
  Verdict look_up(const Digest& key, WallTime expires) const { return verdict(slot_of(key), expires); }

  // Check 9, after the signature: kNew means remembered. kFull: the peer's share or the table is used up.
  // `peer` is the text of its public key.
  Verdict remember(const Digest& key, WallTime expires, std::string_view peer);

  // No message still to be checked arrived before `oldest`: entries that expired before it may go. It follows the
  // clock, backwards too.
  void advance(WallTime oldest) { oldest_ = oldest; }

  // From now on no message that expires at `expires` is accepted.
  void forget(WallTime expires) { forgotten_.add(expires); }
  void forget(ForgottenSpans::Span expires) { forgotten_.add(expires); }
  const ForgottenSpans& forgotten() const { return forgotten_; }

  // The entry of this key was recorded outside of the process.
  void mark_recorded(const Digest& key);
  // Calls visit(key, expires, peer) for every recorded entry.
  template <class Visit>
  void for_each_recorded(Visit visit) const {
    for (const Entry& entry : entries_) {
      if (entry.recorded) visit(entry.key, entry.expires, peers_[entry.peer].key->view());
    }
  }

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Digest key;
    WallTime expires;
    std::uint32_t peer;  // index into peers_
    bool recorded = false;
  };
  // A peer with entries.
  struct Holder {
    const KeyText* key = nullptr;  // in numbers_
    std::size_t entries = 0;
  };

  // An entry's number plus one, and the upper bits of its key's hash: most other keys are told apart without a look at
  // the entry, which is far away in memory. 0: free.
  using Slot = std::uint32_t;
  static constexpr Slot kIndex = (Slot{1} << 21) - 1;
  static constexpr Slot tag_of(std::uint64_t hash) { return static_cast<Slot>(hash >> 32) & ~kIndex; }

  std::uint64_t hash_of(const Digest& key) const;
  std::size_t slot_of(const Digest& key) const;  // where it is or would be
  Slot slot_for(std::size_t number) const;       // the slot of that entry
  const Entry& entry_of(Slot slot) const { return entries_[(slot & kIndex) - 1]; }
  void sweep(Duration linger);    // forgets what expired that long before oldest_
  void index(std::size_t slots);  // rebuilds the index
  Verdict verdict(std::size_t slot, WallTime expires) const;
  std::uint32_t holder(std::string_view peer);  // the peer's number, a new one if needed
  void release(std::uint32_t number);           // a peer without entries
  void count(std::uint32_t number, std::size_t entries);

  const std::size_t total_;
  Shares shares_;
  const std::uint64_t secret_;  // keeps senders from choosing keys that share a slot
  std::deque<Entry> entries_;   // grows without copying
  // Their number is a power of two; at most three quarters of them are used.
  static constexpr std::size_t kFirstSlots = 16;
  std::vector<Slot> slots_ = std::vector<Slot>(kFirstSlots);
  std::vector<Holder> peers_;      // those without entries are free
  KeyMap<std::uint32_t> numbers_;  // of those with entries, in peers_
  std::vector<std::uint32_t> free_numbers_;
  const Duration linger_, horizon_;
  ForgottenSpans forgotten_;
  WallTime oldest_ = WallTime::min();
  std::size_t put_off_ = 0;              // sweeps not made since the last one
  WallTime earliest_ = WallTime::max();  // no entry expires before this
  WallTime latest_ = WallTime::min();    // no entry expires after this
};

}  // namespace remaphore
