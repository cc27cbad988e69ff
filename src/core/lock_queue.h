// The contenders ahead of us: which of them to watch, read or evict. Part of core/lock_machine.
//
// Only the last waiter among them is watched: as long as it waits, so do we. When it holds, all before it are gone
// except those that it names. Entries that this does not cover are watched as well: those that do not verify, those
// that a stream had lost and our predecessor may not know, and those that are absent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/lock_values.h"

namespace remaphore {

class LockQueue {
 public:
  struct Other {
    enum class Step { kIdle, kToRead, kReading, kToConfirm, kConfirming, kToEvict, kEvicting };

    LockEntry entry;  // as last verified and stored
    std::string signer;
    bool known = false;   // some entry of it has verified
    bool behind = false;  // its place is after ours, yet it holds
    bool absent = false;  // nothing was stored when it was last read
    bool silent = false;  // for so long, by the server's clock, that it may be evicted
    bool watched = false;
    LockPlace place;                // zero: not known
    std::uint64_t sequence = 0;     // when it was last read
    std::uint64_t hinted_beat = 0;  // the highest beat of a hint
    unsigned rereads = 0;           // reads since a hint that the stream does not confirm
    bool read_again = false;        // a hint came during a read
    MonotonicTime alive_at{};       // its last sign of life
    MonotonicTime not_before{};     // of the next step
    Step step = Step::kIdle;
  };

  // Begins with the ids of a list: all of them are read.
  void begin(const LockTerms& terms, std::string own_id, LockPlace own_place, const LockList& list);
  void found(const std::string& id, const StoredEntry& stored, const LockMoment& now);  // one of them, read already
  void clear() { others_.clear(); }

  bool complete() const;                               // all of the list have been read
  std::size_t size() const { return others_.size(); }  // those ahead of us
  std::uint64_t places_ahead() const;                  // the same, from our predecessor's entry, which is more accurate
  std::vector<std::string> ids() const;
  const Other* holder() const;  // one that holds, if known
  // A live contender that uses another number of slots. An entry already silent for more than 1.2 leases when we
  // joined, by the server's clock, is presumed dead: unless it is refreshed, it is evicted.
  const std::optional<StoredEntry>& conflict() const { return conflict_; }
  bool may_conflict() const;  // some contender uses another number, and may be alive
  std::uint64_t highest_fence() const { return highest_fence_; }  // of all entries read
  bool saw_restored() const { return saw_restored_; }             // an entry that had vanished and was written again
  std::set<std::string> watched() const;
  const std::map<std::string, Other>& others() const { return others_; }

  // All state that determines its further behaviour, to compare machines in tests.
  template <class Visitor>
  void visit(Visitor&& visitor) const {
    visitor(own_place_, stream_, listed_at_, listing_, longest_lease_, highest_fence_, saw_restored_);
    visitor(conflict_.has_value());
    for (const auto& [id, other] : others_) {
      visitor(id, other.entry, other.known, other.behind, other.absent, other.silent, other.watched, other.place,
              other.sequence);
      visitor(other.hinted_beat, other.rereads, other.read_again, other.alive_at, other.not_before, other.step);
    }
  }

  std::optional<LockAction> next_action(const LockMoment& now);
  void read(const std::string& id, const StoredEntry& stored, const LockMoment& now);
  void read_failed(const std::string& id, const LockMoment& now);
  void delivered(const std::string& id, const std::optional<LockEntry>& entry, const LockMoment& now);
  void written(const std::string& id, const WriteOutcome& outcome, const LockMoment& now);  // an eviction
  void link_lost();
  void link_opened(const LockMoment& now);  // the time of each starts again
  // Chooses which contenders to watch. Call when the list is complete and there is something to wait for.
  void watch();
  void tick(const LockMoment& now);  // whose time has run out
  std::optional<MonotonicTime> wake() const;

 private:
  using Others = std::map<std::string, Other>;

  static Duration patience(Duration lease) { return lease + lease / 5; }
  Duration lease_of(const Other& other) const { return other.known ? other.entry.lease : longest_lease_; }
  bool is_before(const Other& a, const std::string& a_id, const Other& b, const std::string& b_id) const;
  Others::const_iterator predecessor() const;
  static bool is_special(const Other& other) {
    return !other.known || other.absent || other.behind || other.entry.stream != 0;
  }
  void note_entry(Others::iterator at, const StoredEntry& stored, const LockMoment& now, bool seen_alive);
  void note_absent(Other& other);
  bool disagrees(const Other& other) const { return other.known && other.entry.slots != slots_; }
  bool was_silent(const StoredEntry& stored) const;
  void reread_later(Other& other, const LockMoment& now);
  void note_hold(const std::string& id, const LockEntry& entry);
  void note_gone(Others::iterator at, const LockEntry& entry);
  LockEntry eviction_of(const Other& other) const;

  std::uint32_t slots_ = 1;
  std::string own_id_;
  LockPlace own_place_;
  std::int64_t stream_ = 0, listed_at_ = 0;
  Others others_;
  bool listing_ = false;  // not all of the list have been read
  Duration longest_lease_{};
  std::uint64_t highest_fence_ = 0;
  bool saw_restored_ = false;
  std::optional<StoredEntry> conflict_;
};

}  // namespace remaphore
