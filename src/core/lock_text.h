// Text about locks for people and programs: lines, and the table of --locks. All of it is safe to show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/lock_entry.h"

namespace remaphore {

// "com.x.left (web1, pid 4242)".
std::string format_lock_owner(const LockEntry& entry);

// "nightly is held by com.x.left (web1, pid 4242) since 2026-11-25T09:42:39Z, 3 ahead". `holder`: one of the holders,
// if known; `ahead`: how many are ahead, holders included.
std::string format_lock_wait(std::string_view name, const std::optional<LockEntry>& holder, std::uint64_t ahead);

// "2026-11-25T09:42:39Z"
std::string format_lock_since(const LockEntry& entry);

struct LockTableRow {
  std::string name;
  std::uint64_t ticket = 0;
  std::string signer;      // destination of the owner's key
  const LockEntry* entry;  // not kGone
  Duration seen_ago{};     // since its last refresh; a negative one is shown as 0
};
// A table by lock, the holders first. Includes the newlines.
std::string format_lock_table(const std::vector<LockTableRow>& rows);

}  // namespace remaphore
