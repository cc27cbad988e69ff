// The rules of a lock for one contender, as a machine of values: what is stored, what became of our own writes and what
// time it is go in; reads, writes and news come out. No I/O, no clock, no keys.
//
// Every contender writes an entry and refreshes it every lease / 3. The stream's sequence of its first write is its
// ticket, and the order is by ticket. It may hold when fewer than `slots` of those before it are left. Only the one
// before it is watched, and when that holds, those it names as holding with it: a hand-over concerns two contenders,
// however many wait. A holder's deadline is the time at which its last acknowledged refresh was sent + lease; watchers
// evict after lease * 1.2 of their own time without a sign of life. No clocks of two machines are compared.
//
// A write names the sequence that it expects on its subject (compare-and-set). Whether a write without an answer
// was applied is settled by reading its subject.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/boot_time.h"
#include "base/time.h"
#include "core/lock_entry.h"

namespace remaphore {

struct LockMoment {
  MonotonicTime monotonic;
  BootTime boot;
  bool operator==(const LockMoment&) const = default;
};

// What one contender asks for, and what it says of itself.
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
  std::string signer;              // the verified one's destination
};

struct LockAction {
  enum class Kind {
    kList,      // the ids of all entries of this lock
    kRead,      // what is stored for `id`
    kWrite,     // `entry` for `id`, if the last sequence on its subject is `expected`
    kQueueAnew  // call queue() with a new id
  };
  Kind kind;
  std::string id = {};
  std::uint64_t expected = 0;
  LockEntry entry = {};
};

struct WriteOutcome {
  enum class Kind {
    kStored,    // at `sequence`
    kRefused,   // another sequence was last
    kRejected,  // not stored, because of `reason`: the stream is full, is missing, or is not for us
    kUnknown,   // no answer came, or the link was lost
  };
  Kind kind;
  std::uint64_t sequence = 0;
  std::string reason = {};
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
    kReleased,   // what we had is given back, or we had nothing
    kUncertain,  // no server confirmed the release: the lease runs out
    kBroken,     // by --break; `text` names who
    kLost,       // we held, and were out of touch for too long
    kDisowned,   // our entry was evicted although it was alive: others may not know our key
    kConflict,   // another contender says another number of slots
    kBarred,     // no stream, or no permission
  };
  Kind kind;
  std::uint64_t ahead = 0;               // kWaiting: how many are ahead of us, holders included
  std::optional<LockEntry> holder = {};  // kWaiting: one of those who hold, if known
  std::uint64_t fence = 0;               // kHeld
  BootTime kill_by = {};                 // kEndCommand
  Duration out_of_touch = {};            // kEndCommand: since the last acknowledged refresh was sent; 0: evicted
  End end = End::kReleased;              // kOver
  std::string text = {};                 // kEndCommand, kOver: why; safe to show
};

}  // namespace remaphore
