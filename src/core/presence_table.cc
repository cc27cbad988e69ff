#include "core/presence_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"

namespace remaphore {
namespace {

using Cells = std::array<std::string, 7>;

// The two largest units: "3d4h", "2h5m", "12s".
std::string format_up(Duration time) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(time).count());
  const std::int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return fmt::format("{}d{}h", days, hours % 24);
  if (hours > 0) return fmt::format("{}h{}m", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{}m{}s", minutes, seconds % 60);
  return fmt::format("{}s", seconds);
}

// "deploy,rollback", "any", "any uuid 6162".
std::string waits_for(const Presence& presence) {
  std::string text;
  for (const std::string& verb : presence.verbs) text += (text.empty() ? "" : ",") + verb;
  if (text.empty()) text = "any";
  if (!presence.uuid.empty()) text += " uuid " + presence.uuid;
  return text;
}

Cells cells_of(const PresenceRow& row) {
  if (row.presence == nullptr) return {escape_control(row.destination), "no listener, or an older one"};
  const Presence& presence = *row.presence;
  Cells cells{std::string(row.destination),
              presence.version,
              format_up(presence.clock - presence.since),
              waits_for(presence),
              {},
              std::to_string(presence.queued),
              format_clock_offset(row.clock_offset)};
  cells[4] = presence.has_command ? fmt::format("{} of {}", presence.running, presence.jobs) : "prints";
  for (std::string& cell : cells) cell = escape_control(cell);
  return cells;
}

}  // namespace

std::string format_clock_offset(Duration offset) {
  const auto milliseconds = std::chrono::round<std::chrono::milliseconds>(offset).count();
  if (milliseconds == 0) return "0 s";
  const char sign = milliseconds < 0 ? '-' : '+';
  const auto whole = std::abs(milliseconds) / 1000, rest = std::abs(milliseconds) % 1000;
  return rest == 0 ? fmt::format("{}{} s", sign, whole) : fmt::format("{}{}.{:03} s", sign, whole, rest);
}

std::string format_presence_table(const std::vector<PresenceRow>& rows) {
  std::vector<Cells> lines{{"NODE", "VERSION", "UP", "WAITS FOR", "RUNNING", "QUEUED", "CLOCK"}};
  for (const PresenceRow& row : rows) lines.push_back(cells_of(row));
  std::array<std::size_t, 7> widths{};
  for (std::size_t line = 0; line < lines.size(); ++line) {
    const bool silent = line > 0 && rows[line - 1].presence == nullptr;
    for (std::size_t i = 0; i < (silent ? 1 : widths.size()); ++i)
      widths[i] = std::max(widths[i], lines[line][i].size());
  }
  std::string table;
  for (const Cells& cells : lines) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) line += fmt::format("{:<{}}  ", cells[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    table += line + '\n';
  }
  return table;
}

}  // namespace remaphore
