#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/mode_table.h"
#include "cli/option_places.h"

namespace remaphore {
namespace {

bool selects_a_mode(const Option& option) {
  const auto modes = mode_table();
  return std::any_of(modes.begin(), modes.end(), [&option](const ModeRow& row) { return row.selector == &option; });
}

// What --help puts before the text of an option that does not belong everywhere: "with -r: ".
std::string scope_of(const Option& option) {
  const bool needs_others = !option.needs.front().empty();
  if (selects_a_mode(option) || (option.modes.has_all(kMessageModes) && !needs_others)) return "";
  std::vector<std::string> places = places_of(option);
  if (places.size() == 1) {
    if (needs_others) {
      return fmt::format("with {}{}: ", joined(dashed_names(option.needs), " or "),
                         option.needs_command ? " and a command" : "");
    }
    return fmt::format("{}{}: ", places.front().starts_with('-') ? "with " : "", places.front());
  }
  if (option.modes.has_all(kSendingModes)) {
    places.erase(places.begin());
    places.front() = "sending";
  }
  return fmt::format("{}: ", joined(places, ", "));
}

// A line for each option that adds some, or for neighbours that add the same.
std::string exit_statuses() {
  std::string text;
  std::vector<std::string> names;
  const auto rows = option_table();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].exit_statuses.empty()) continue;
    names.push_back(dashed(rows[i]));
    if (i + 1 < rows.size() && rows[i + 1].exit_statuses == rows[i].exit_statuses) continue;
    text += fmt::format("             with {}: {}\n", joined(names, " or "), rows[i].exit_statuses);
    names.clear();
  }
  return text;
}

}  // namespace

std::string described(const Option& option) {
  const std::string bounds = bounds_text(option.value());
  return fmt::format("{}{}{}", scope_of(option), option.help, bounds.empty() ? "" : fmt::format(" ({})", bounds));
}

std::string help_text() {
  std::string text;
  for (const ModeRow& row : mode_table()) {
    if (row.usage.empty()) continue;
    text += fmt::format("{:<6} remaphore {:<36} {}\n", text.empty() ? "usage:" : "", row.usage, row.summary);
  }
  text += '\n';
  for (const Option& option : option_table()) {
    const std::string names =
        fmt::format("{}--{}{}{}", option.short_name.empty() ? "    " : fmt::format("-{}, ", option.short_name),
                    option.long_name, option.takes_value() ? " " : "", option.metavar);
    text += fmt::format("  {:<29} {}\n", names, described(option));
  }
  text += "\nexit status: 0 done, 1 nothing received in time, 2 usage or config, 3 connection or runtime failure,\n";
  return text + exit_statuses();
}

}  // namespace remaphore
