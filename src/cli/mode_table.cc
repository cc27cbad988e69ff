#include "cli/mode_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/redact.h"
#include "cli/check_mode.h"
#include "cli/listen_mode.h"
#include "cli/lock_mode.h"
#include "cli/locks_mode.h"
#include "cli/request_mode.h"
#include "cli/send_mode.h"
#include "cli/text_modes.h"
#include "cli/who_mode.h"

namespace remaphore {
namespace {

constexpr const Option* selector(OptionRef option) { return &option.row(); }

constexpr ModeRow kModes[] = {
    {Mode::kSend, selector("send"), "-s", Operands::kMessage, Overrules::kNothing, "-s [options] [message ...]",
     "send a message", run_sender},
    {Mode::kRequest, selector("request"), "-r", Operands::kMessage, Overrules::kNothing, "-r [options] [message ...]",
     "send a message, collect the replies", run_requester},
    {Mode::kReceive, nullptr, "receiving", Operands::kCommand, Overrules::kNothing, "   [options] [command [arg ...]]",
     "receive, optionally run a command per message", run_listener},
    {Mode::kExampleConfig, selector("example-config"), "-C", Operands::kIgnored, Overrules::kGoFlags, "-C",
     "print an example config with a fresh key pair", print_example_config},
    {Mode::kCheck, selector("check"), "--check", Operands::kNone, Overrules::kNothing, "--check [options]",
     "is this node ready?", run_check},
    {Mode::kWho, selector("who"), "--who", Operands::kNone, Overrules::kNothing, "--who [options]",
     "which listeners are there, and what do they do?", run_who},
    {Mode::kLock, selector("lock"), "--lock", Operands::kCommand, Overrules::kNothing,
     "--lock name [options] [command ...]", "hold a lock while a command runs", run_lock},
    {Mode::kLocks, selector("locks"), "--locks", Operands::kOptionalName, Overrules::kNothing,
     "--locks [options] [name]", "list lock holders and waiters", run_locks},
    {Mode::kBreak, selector("break"), "--break", Operands::kNone, Overrules::kNothing, "--break name/ticket [options]",
     "evict a holder or a waiter", run_break},
    {Mode::kHelp, selector("help"), "-h", Operands::kIgnored, Overrules::kEverything, "", "", print_help},
    {Mode::kVersion, selector("version"), "--version", Operands::kIgnored, Overrules::kEverything, "", "",
     print_version},
};

bool selects_a_mode(const Option& option) {
  return std::any_of(std::begin(kModes), std::end(kModes),
                     [&option](const ModeRow& row) { return row.selector == &option; });
}

std::size_t modes_of(const Option& option) {
  return static_cast<std::size_t>(std::count_if(std::begin(kModes), std::end(kModes),
                                                [&option](const ModeRow& row) { return option.modes.has(row.mode); }));
}

// "-s, -r and receiving"
std::string joined(const std::vector<std::string>& parts, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? last : ", ";
    text += parts[i];
  }
  return text;
}

std::vector<std::string> dashed_names(const OptionNames& names) {
  std::vector<std::string> all;
  for (const std::string_view name : names) {
    if (!name.empty()) all.push_back(dashed(*find_option(name)));
  }
  return all;
}

// Whether one of these options can be given in `mode`.
bool belong_to(const OptionNames& names, Mode mode) {
  return std::any_of(names.begin(), names.end(),
                     [mode](std::string_view name) { return !name.empty() && find_option(name)->modes.has(mode); });
}

bool has_one(const CommandLine& line, const OptionNames& names) {
  return std::any_of(names.begin(), names.end(),
                     [&line](std::string_view name) { return !name.empty() && line.is_given(*find_option(name)); });
}

// Where an option belongs: its modes; of several, instead of one where it needs other options, these.
std::vector<std::string> places_of(const Option& option) {
  std::vector<std::string> places;
  const bool one_mode = modes_of(option) == 1;
  for (const ModeRow& row : kModes) {
    if (!option.modes.has(row.mode)) continue;
    if (one_mode || !belong_to(option.needs, row.mode)) {
      places.emplace_back(row.called);
    } else {
      for (std::string& name : dashed_names(option.needs)) places.push_back(std::move(name));
    }
  }
  return places;
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

bool overrules(const ModeRow& mode, const Option& option) {
  return mode.overrules == Overrules::kEverything ||
         (mode.overrules == Overrules::kGoFlags && option.in_other_modes == InOtherModes::kIgnored);
}

// Of the selected modes, the one that overrules most, else the first; without a selector, the mode that has none.
const ModeRow& foremost_mode(const CommandLine& line) {
  const ModeRow* chosen = nullptr;
  const ModeRow* unselected = nullptr;
  for (const ModeRow& row : kModes) {
    if (row.selector == nullptr) {
      unselected = &row;
    } else if (line.is_given(*row.selector) && (chosen == nullptr || row.overrules > chosen->overrules)) {
      chosen = &row;
    }
  }
  return chosen != nullptr ? *chosen : *unselected;
}

Result<void> refuse_other_modes(const CommandLine& line, const ModeRow& chosen) {
  for (const ModeRow& row : kModes) {
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

// What the other options and the command make of one that is given and belongs to the mode.
Result<void> check_company(const CommandLine& line, const ModeRow& chosen, const Option& option) {
  if (belong_to(option.needs, chosen.mode) && !has_one(line, option.needs)) {
    return fail(Errc::kUsage,
                modes_of(option) == 1
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

std::span<const ModeRow> mode_table() { return kModes; }

Result<const ModeRow*> select_mode(const CommandLine& line) {
  const ModeRow& chosen = foremost_mode(line);
  if (chosen.overrules == Overrules::kEverything) return &chosen;
  if (auto fits = refuse_other_modes(line, chosen); !fits) return Unexpected<Error>(std::move(fits.error()));
  if (auto fits = refuse_foreign_options(line, chosen); !fits) return Unexpected<Error>(std::move(fits.error()));
  if (auto fits = check_combinations(line, chosen); !fits) return Unexpected<Error>(std::move(fits.error()));
  const std::size_t most = chosen.operands == Operands::kOptionalName ? 1 : 0;
  if ((chosen.operands == Operands::kNone || most > 0) && line.arguments().size() > most) {
    return fail(Errc::kUsage, fmt::format("{} takes no {}arguments, such as {} (see remaphore --help)", chosen.called,
                                          most > 0 ? "further " : "", quote_redacted(line.arguments()[most])));
  }
  return &chosen;
}

std::string described(const Option& option) {
  const std::string bounds = told_bounds(option.value());
  return fmt::format("{}{}{}", scope_of(option), option.help, bounds.empty() ? "" : fmt::format(" ({})", bounds));
}

std::string help_text() {
  std::string text;
  for (const ModeRow& row : kModes) {
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
