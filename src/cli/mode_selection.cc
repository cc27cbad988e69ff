#include "cli/mode_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/redact.h"
#include "cli/option_places.h"

namespace remaphore {
namespace {

bool has_one(const CommandLine& line, const OptionNames& names) {
  return std::any_of(names.begin(), names.end(),
                     [&line](std::string_view name) { return !name.empty() && line.is_given(*find_option(name)); });
}

bool overrules(const ModeRow& mode, const Option& option) {
  return mode.overrules == Overrules::kEverything ||
         (mode.overrules == Overrules::kGoFlags && option.in_other_modes == InOtherModes::kIgnored);
}

// Of the selected modes, the one that overrules most, else the first; without a selector, the mode that has none.
const ModeRow& foremost_mode(const CommandLine& line) {
  const ModeRow* chosen = nullptr;
  const ModeRow* unselected = nullptr;
  for (const ModeRow& row : mode_table()) {
    if (row.selector == nullptr) {
      unselected = &row;
    } else if (line.is_given(*row.selector) && (chosen == nullptr || row.overrules > chosen->overrules)) {
      chosen = &row;
    }
  }
  return chosen != nullptr ? *chosen : *unselected;
}

Result<void> refuse_other_modes(const CommandLine& line, const ModeRow& chosen) {
  for (const ModeRow& row : mode_table()) {
    if (&row == &chosen || row.selector == nullptr || !line.is_given(*row.selector)) continue;
    if (overrules(chosen, *row.selector)) continue;
    return fail(Errc::kUsage, fmt::format("options {} and {} cannot be combined", chosen.called, row.called));
  }
  return {};
}

Result<void> refuse_foreign_options(const CommandLine& line, const ModeRow& chosen) {
  for (const Option& option : option_table()) {
    if (option.in_other_modes == InOtherModes::kIgnored || option.modes.has(chosen.mode) || !line.is_given(option))
      continue;
    return fail(Errc::kUsage, fmt::format("option --{} is only for {} (see remaphore --help)", option.long_name,
                                          joined(places_of(option), " and ")));
  }
  return {};
}

// Checks a given option of this mode against the other options and the command.
Result<void> check_company(const CommandLine& line, const ModeRow& chosen, const Option& option) {
  if (belong_to(option.needs, chosen.mode) && !has_one(line, option.needs)) {
    return fail(Errc::kUsage,
                belongs_to_one_mode(option)
                    ? fmt::format("option --{} needs {}", option.long_name, joined(dashed_names(option.needs), " or "))
                    : fmt::format("option --{} is only for {}", option.long_name, joined(places_of(option), " and ")));
  }
  if (option.needs_command && chosen.operands == Operands::kCommand && line.arguments().empty()) {
    return fail(Errc::kUsage, fmt::format("option --{} needs a command", option.long_name));
  }
  return {};
}

Result<void> check_combinations(const CommandLine& line, const ModeRow& chosen) {
  for (const Option& option : option_table()) {
    if (!line.is_given(option)) continue;
    if (belong_to(option.not_with, chosen.mode) && has_one(line, option.not_with)) {
      return fail(Errc::kUsage, fmt::format("options {} and {} cannot be combined", dashed(option),
                                            joined(dashed_names(option.not_with), " or ")));
    }
    if (!option.modes.has(chosen.mode)) continue;
    if (auto fits = check_company(line, chosen, option); !fits) return fits;
  }
  return {};
}

// Whether everything else on the command line suits the mode.
Result<void> check_fit(const CommandLine& line, const ModeRow& chosen) {
  if (auto fits = refuse_other_modes(line, chosen); !fits) return fits;
  if (auto fits = refuse_foreign_options(line, chosen); !fits) return fits;
  if (auto fits = check_combinations(line, chosen); !fits) return fits;
  const std::size_t most = chosen.operands == Operands::kOptionalName ? 1 : 0;
  if ((chosen.operands == Operands::kNone || most > 0) && line.arguments().size() > most) {
    return fail(Errc::kUsage, fmt::format("{} takes no {}arguments, such as {} (see remaphore --help)", chosen.called,
                                          most > 0 ? "further " : "", quote_redacted(line.arguments()[most])));
  }
  return {};
}

}  // namespace

Result<const ModeRow*> select_mode(const CommandLine& line) {
  const ModeRow& chosen = foremost_mode(line);
  if (chosen.overrules == Overrules::kEverything) return &chosen;
  if (auto fits = check_fit(line, chosen); !fits) return pass_on(fits);
  return &chosen;
}

}  // namespace remaphore
