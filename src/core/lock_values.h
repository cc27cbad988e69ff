// The inputs and outputs of core/lock_machine, the rules of a lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/boot_time.h"
#include "base/time.h"
#include "core/lock_entry.h"

namespace remaphore {

struct LockMoment {
  MonotonicTime monotonic;
  BootTime boot;
  std::int64_t wall = 0;  // microseconds of Unix time, for people only
  bool operator==(const LockMoment&) const = default;
};

// What one contender asks for, and what it tells about itself.
struct LockTerms {
  std::uint32_t slots = 1;         // 1 to kMaxSlots
  Duration lease = kDefaultLease;  // kMinLease to kMaxLease, whole milliseconds
  std::string who, host;
  std::int64_t pid = 0;
};

// What is stored on a subject.
struct StoredEntry {
  std::uint64_t sequence = 0;      // 0: nothing
  std::optional<LockEntry> entry;  // nullopt: nothing, or nothing that verifies
  std::string signer = {};         // the verified one's destination
  std::int64_t time = 0;           // when it was stored, in microseconds by the server's clock; 0: not known
};

// An entry that was looked for by its place in the stream.
struct FoundEntry {
  std::string id = {};  // empty: there is none
  StoredEntry stored = {};
};

struct LockList {
  std::int64_t stream = 0;  // when it was created, in microseconds of Unix time
  Duration age{};           // from then to its newest message, by the server's clock
  std::vector<std::string> ids = {};
  std::int64_t newest() const { return stream + age / std::chrono::microseconds(1); }  // when that was stored
};

struct LockAction {
  enum class Kind {
    kNewest,  // the entry of this lock that was stored last
    kNext,    // the first one whose sequence is `from` or higher
    kInfo,    // the LockList without its ids
    kList,    // the ids of all entries of this lock
    kRead,    // what is stored for `id`
    kWrite,   // `entry` for `id`, if the last sequence on its subject is `expected`, and in the stream `last` if set
    kRequeue  // call queue() with a new id
  };
  Kind kind;
  std::string id = {};
  std::uint64_t expected = 0;
  std::optional<std::uint64_t> last = {};
  std::uint64_t from = 0;
  LockEntry entry = {};
};

struct WriteOutcome {
  enum class Kind {
    kStored,    // at `sequence`
    kRefused,   // another sequence was last, on its subject or in the stream
    kRejected,  // not stored, because of `reason`: the stream is full, is missing, or is not for us
    kUnknown,   // no answer came, or the link was lost
  };
  Kind kind;
  std::uint64_t sequence = 0;
  std::string reason = {};
  bool for_now = false;  // kRejected: it may be stored if it is tried again
};

// When the command must end if nothing is acknowledged until then. Both times move with every acknowledged refresh.
struct LockDeadlines {
  BootTime term_at, kill_at;
  bool operator==(const LockDeadlines&) const = default;
};

struct LockEvent {
  enum class Kind {
    kWaiting,  // again whenever what it says has changed
    kHeld,     // it is ours: run the command
    // Send TERM to the command now; KILL its whole group at `kill_by`, at the latest. Then release().
    kEndCommand,
    kOver,  // the last: `end` says how it went
  };
  enum class End {
    kReleased,      // released, or never held
    kUncertain,     // no server confirmed the release: the lease runs out
    kBroken,        // by --break; `text` names who
    kLost,          // we held, and were out of touch for too long
    kEvictedAlive,  // our entry was evicted although it was alive: others may not know our key
    kConflict,      // another contender uses another number of slots
    kUnavailable,   // no stream, or no permission
  };
  Kind kind;
  std::uint64_t ahead = 0;               // kWaiting: how many are ahead of us, holders included
  std::optional<LockEntry> holder = {};  // kWaiting: one of the holders, if known
  std::uint64_t fence = 0;               // kHeld
  BootTime kill_by = {};                 // kEndCommand
  Duration out_of_touch = {};            // kEndCommand: since the last acknowledged refresh was sent; 0: evicted
  End end = End::kReleased;              // kOver; kEndCommand: what it will be
  std::string text = {};                 // kEndCommand, kOver: why; safe to show
};

}  // namespace remaphore
