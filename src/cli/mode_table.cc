#include "cli/mode_table.h"

#include <fmt/format.h>

#include <string>

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
     "send and forget", run_sender},
    {Mode::kRequest, selector("request"), "-r", Operands::kMessage, Overrules::kNothing, "-r [options] [message ...]",
     "send, collect the replies", run_requester},
    {Mode::kReceive, nullptr, "receiving", Operands::kCommand, Overrules::kNothing, "   [options] [command [arg ...]]",
     "receive, optionally run a command per message", run_listener},
    {Mode::kExampleConfig, selector("example-config"), "-C", Operands::kIgnored, Overrules::kGoFlags, "-C",
     "print an example config with a fresh key pair", print_example_config},
    {Mode::kCheck, selector("check"), "--check", Operands::kNone, Overrules::kNothing, "--check [options]",
     "is this node ready?", run_check},
    {Mode::kWho, selector("who"), "--who", Operands::kNone, Overrules::kNothing, "--who [-D list] [-t duration]",
     "which listeners are there, and what do they do?", run_who},
    {Mode::kLock, selector("lock"), "--lock", Operands::kCommand, Overrules::kNothing,
     "--lock name [options] [command ...]", "hold a lock while a command runs", run_lock},
    {Mode::kLocks, selector("locks"), "--locks", Operands::kOptionalName, Overrules::kNothing, "--locks [name]",
     "who holds locks, who waits for them?", run_locks},
    {Mode::kBreak, selector("break"), "--break", Operands::kNone, Overrules::kNothing, "--break name/ticket",
     "evict a holder or a waiter", run_break},
    {Mode::kHelp, selector("help"), "-h", Operands::kIgnored, Overrules::kEverything, "", "", print_help},
    {Mode::kVersion, selector("version"), "--version", Operands::kIgnored, Overrules::kEverything, "", "",
     print_version},
};

// "-s, -r and receiving": the modes that an option belongs to.
std::string called(ModeSet modes) {
  std::string text;
  std::string_view last;
  for (const ModeRow& row : kModes) {
    if (!modes.has(row.mode)) continue;
    if (!last.empty()) text += fmt::format("{}{}", text.empty() ? "" : ", ", last);
    last = row.called;
  }
  return fmt::format("{}{}{}", text, text.empty() ? "" : " and ", last);
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
                                          called(option.modes)));
  }
  return {};
}

}  // namespace

std::span<const ModeRow> mode_table() { return kModes; }

Result<const ModeRow*> select_mode(const CommandLine& line) {
  const ModeRow& chosen = foremost_mode(line);
  if (chosen.overrules == Overrules::kEverything) return &chosen;
  if (auto fits = refuse_other_modes(line, chosen); !fits) return Unexpected<Error>(std::move(fits.error()));
  if (auto fits = refuse_foreign_options(line, chosen); !fits) return Unexpected<Error>(std::move(fits.error()));
  const std::size_t most = chosen.operands == Operands::kOptionalName ? 1 : 0;
  if ((chosen.operands == Operands::kNone || most > 0) && line.arguments().size() > most) {
    return fail(Errc::kUsage, fmt::format("{} takes no {}arguments, such as {} (see remaphore --help)", chosen.called,
                                          most > 0 ? "further " : "", quote_redacted(line.arguments()[most])));
  }
  return &chosen;
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
    text += fmt::format("  {:<29} {}\n", names, option.help);
  }
  text +=
      "\nexit status: 0 done, 1 nothing received in time, 2 usage or config, 3 connection or runtime failure,\n"
      "             with --require: 4 too few have answered, 5 all have answered but commands failed\n"
      "             with --count or --from: 4 some have not arrived, 5 all have arrived but commands failed\n"
      "             with --batch: 6 ended before all were asked\n"
      "             with --who: 4 some nodes are silent, 1 all are\n"
      "             with --lock: the command's; 75 not free, 76 lost, 124 -t\n";
  return text;
}

}  // namespace remaphore
