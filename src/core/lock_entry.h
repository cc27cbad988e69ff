// A lock entry: what a contender for a lock, or the one that evicted it, has stored on the contender's subject, as the
// JSON body of a signed message. Also the order of contenders, and the fencing numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace remaphore {

inline constexpr std::uint32_t kMaxSlots = 64;  // the ids of the holders ahead have to fit into an entry
inline constexpr Duration kMinLease = std::chrono::seconds(2);
inline constexpr Duration kMaxLease = std::chrono::minutes(5);  // far below the stream's max_age of 10 min
inline constexpr Duration kDefaultLease = std::chrono::seconds(30);

struct LockEntry {
  static constexpr std::size_t kMaxWho = 128, kMaxHost = 64;  // bytes; longer ones are cut when written
  static constexpr std::uint64_t kMaxFence = (std::uint64_t{1} << 63) - 1 - (std::uint64_t{1} << 40);

  enum class State { kWait, kHeld, kGone };

  State state = State::kWait;
  // The last sequence on its subject that its write expected. The stored message's header must carry the same value, so
  // a copy cannot replace a later entry.
  std::uint64_t after = 0;
  std::uint64_t beat = 1;          // rises with every write of its owner; kGone: of the entry that it ended, at least
  std::uint32_t slots = 1;         // how many may hold at a time, as its owner says
  Duration lease = kDefaultLease;  // whole milliseconds
  // The sequence of the owner's first write in the stream: 0 in that first write itself, which cannot know it.
  std::uint64_t ticket = 0;
  // When the stream that gave the ticket was created, in microseconds of Unix time, if the entry had vanished and was
  // written again; 0: the ticket belongs to the stream that holds the entry.
  std::int64_t stream = 0;
  std::uint64_t fence = 0;   // kHeld: its own; else the highest that its writer knows of
  std::uint32_t before = 0;  // kWait: how many are ahead of it, as far as it knows
  bool was_held = false;     // kGone: "took" in JSON
  bool broken = false;       // kGone: by --break
  // kHeld, or was_held: the ids of those that held before it and still did, fewer than `slots`.
  std::vector<std::string> ahead;
  std::string by;         // kGone: the id of its evictor; empty: its owner has released it
  std::string who, host;  // for people: the owner's destination and machine
  std::int64_t pid = 0;
  std::int64_t since = 0;  // when it queued, kHeld: since it holds; microseconds of Unix time by its owner's clock

  bool operator==(const LockEntry&) const = default;
};

// On one line, without a newline; at most about 3.5 KiB.
std::string format_lock_entry(const LockEntry& entry);

// nullopt unless it is an entry within the limits above. Unknown fields of later versions are skipped.
std::optional<LockEntry> parse_lock_entry(std::string_view json);

// A contender's place in the queue.
struct LockPlace {
  std::int64_t stream = 0;  // when the stream that gave the ticket was created, in microseconds of Unix time
  std::uint64_t ticket = 0;
  bool operator==(const LockPlace&) const = default;
};
// The place of an entry that was found at `sequence` of the stream created at `stream`.
LockPlace place_of(const LockEntry& entry, std::uint64_t sequence, std::int64_t stream);
// Whether `a` comes before `b`, as judged by a reader in the stream created at `stream`: tickets of earlier streams
// come first, whatever their creation times say. Equal places are ordered by id.
bool comes_before(const LockPlace& a, std::string_view a_id, const LockPlace& b, std::string_view b_id,
                  std::int64_t stream);

// The fencing number of a contender that takes the lock with this place when `highest` is the highest known number: the
// stream's creation time in seconds times 2^31, plus the ticket, but above `highest`. 0: none is left.
std::uint64_t fence_of(const LockPlace& place, std::uint64_t highest);

}  // namespace remaphore
