#include "core/lock_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/duration.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace remaphore {
namespace {

constexpr std::size_t kColumns = 8;
using LockCells = std::array<std::string, kColumns>;

std::string ago(Duration time) {
  return format_duration(std::chrono::floor<std::chrono::seconds>(std::max(time, Duration(0)))) + " ago";
}

LockCells cells_of(const LockTableRow& row, std::size_t place) {
  const LockEntry& entry = *row.entry;
  const bool holds = entry.state == LockEntry::State::kHeld;
  LockCells cells{fmt::format("{}/{}", row.name, row.ticket),
                  holds ? fmt::format("{} of {}", place, entry.slots) : fmt::format("waits {}", place),
                  row.signer,
                  entry.host,
                  std::to_string(entry.pid),
                  format_lock_since(entry),
                  ago(row.seen_ago),
                  holds ? std::to_string(entry.fence) : "-"};
  for (std::string& cell : cells) cell = escape_control(cell.empty() ? "-" : cell);
  return cells;
}

}  // namespace

std::string format_lock_owner(const LockEntry& entry) {
  return escape_control(fmt::format("{} ({}, pid {})", entry.who, entry.host, entry.pid));
}

std::string format_lock_since(const LockEntry& entry) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds(entry.since));
  std::string text = format_timestamp(WallTime(seconds));
  if (const auto point = text.find('.'); point != std::string::npos) text.replace(point, std::string::npos, "Z");
  return text;
}

std::string format_lock_wait(std::string_view name, const std::optional<LockEntry>& holder, std::uint64_t ahead) {
  if (!holder) return fmt::format("{} is not free, {} ahead", name, ahead);
  return fmt::format("{} is held by {} since {}, {} ahead", name, format_lock_owner(*holder),
                     format_lock_since(*holder), ahead);
}

std::string format_lock_table(const std::vector<LockTableRow>& rows) {
  std::vector<LockCells> lines{{"LOCK/TICKET", "SLOT", "HOLDER", "HOST", "PID", "SINCE", "SEEN", "FENCE"}};
  std::size_t place = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool goes_on = i > 0 && rows[i].name == rows[i - 1].name && rows[i].entry->state == rows[i - 1].entry->state;
    place = goes_on ? place + 1 : 1;
    lines.push_back(cells_of(rows[i], place));
  }
  std::array<std::size_t, kColumns> widths{};
  for (const LockCells& cells : lines) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (const LockCells& cells : lines) {
    std::string line;
    for (std::size_t i = 0; i + 1 < kColumns; ++i) line += fmt::format("{:<{}}  ", cells[i], widths[i]);
    text += line + cells.back() + '\n';
  }
  return text;
}

}  // namespace remaphore
