#include "completions/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/help.h"
#include "cli/mode_table.h"
#include "cli/option_table.h"
#include "fleet/command_line.h"

namespace remaphore::completions {
namespace {

// Kinds that are not here take a value that no shell can know.
constexpr Completion kCompletions[] = {
    {ValueKind::kFile, "file", "_files", " -r -F"},
    {ValueKind::kDirectory, "folder", "_files -/", " -x -a '(__fish_complete_directories)'"},
    {ValueKind::kDestination, "destination", "@F@_destinations", " -x -a '(@F@_destinations)'"},
    {ValueKind::kVerb, "verb", "@F@_verbs", " -x -a '(@F@_verbs)'"},
    {ValueKind::kPublicKey, "key", "@F@_keys", " -x -a '(@F@_config keys)'"},
    {ValueKind::kNode, "node", "@F@_nodes", " -x -a '(@F@_nodes)'"},
    {ValueKind::kChoice, "'choice:@CHOICES@'", "(@CHOICES@)", " -x -a '@CHOICES@'"},
};
constexpr Completion kUnknown{ValueKind::kText, "other", "", " -x"};

// "s|send|C": the spellings of the options that choose a mode which runs no command.
std::string modes_without_a_command() {
  std::string names;
  for (const ModeRow& row : mode_table()) {
    if (row.selector == nullptr || row.operands == Operands::kCommand) continue;
    for (const std::string_view name : {row.selector->short_name, row.selector->long_name}) {
      if (!name.empty()) names += fmt::format("{}{}", names.empty() ? "" : "|", name);
    }
  }
  return names;
}

// What a word in a command's usage stands for.
ValueKind operand_kind(std::string_view word) {
  if (word == "CONFIG") return ValueKind::kFile;
  if (word == "DIR") return ValueKind::kDirectory;
  return word == "DESTINATION" ? ValueKind::kNode : ValueKind::kText;
}

// "DIR --server URL NODE ..." -> folder, text: the word after an option belongs to the option.
std::vector<ValueKind> operands_of(std::string_view usage) {
  std::vector<ValueKind> operands;
  bool of_an_option = false;
  while (!usage.empty()) {
    const std::string_view word = usage.substr(0, usage.find(' '));
    usage.remove_prefix(std::min(usage.size(), word.size() + 1));
    const bool is_option = word.starts_with("--");
    if (!is_option && !of_an_option && word != "...") operands.push_back(operand_kind(word));
    of_an_option = is_option;
  }
  return operands;
}

Flag flag_of(const fleet::FlagRow& row) {
  return {row.short_name, row.long_name, row.metavar, std::string(row.help), {row.kind}};
}

}  // namespace

const std::string_view kConfigReader =
    R"({ sub(/#.*/, ""); sub(/\r$/, "") }
/^[ \t]*\[[^]]*\][ \t]*$/ { section = tolower($0); gsub(/[^a-z]/, "", section); next }
want == "destinations" && section == "groups" && NF > 1 { print "@" $1 }
(section != "peers" && section != "identities") || NF < 2 { next }
want == "destinations" && section == "peers" { print $1 }
want == "keys" { if (section == "peers") print $2; else print $1 }
want == "verbs" && match($0, /\[[^]]*\]/) {
  n = split(substr($0, RSTART + 1, RLENGTH - 2), verbs, /[ \t,]+/)
  for (i = 1; i <= n; i++) if (verbs[i] != "" && verbs[i] != "*") print verbs[i]
})";

const Completion& completion_of(ValueKind kind) {
  const auto* const found = std::find_if(std::begin(kCompletions), std::end(kCompletions),
                                         [kind](const Completion& row) { return row.kind == kind; });
  return found == std::end(kCompletions) ? kUnknown : *found;
}

Program remaphore_program() {
  Program program{.name = "remaphore", .flags = {}, .commands = {}, .without_a_command = modes_without_a_command()};
  for (const Option& option : option_table()) {
    program.flags.push_back({option.short_name, option.long_name, option.metavar, described(option), option.value()});
  }
  return program;
}

Program fleet_program() {
  Program program{.name = "remaphore-fleet", .flags = {}, .commands = {}, .without_a_command = {}};
  for (const fleet::FlagRow& flag : fleet::flag_table()) {
    if (flag.commands.has(fleet::Command::kHelp)) program.flags.push_back(flag_of(flag));
  }
  for (const fleet::CommandRow& row : fleet::command_table()) {
    Command command{row.name, row.help, operands_of(row.usage), {}};
    for (const fleet::FlagRow& flag : fleet::flag_table()) {
      if (flag.commands.has(row.command)) command.flags.push_back(flag_of(flag));
    }
    program.commands.push_back(std::move(command));
  }
  return program;
}

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size()) text.replace(at, what.size(), by);
  return text;
}

std::string quote_for_shell(std::string_view text) {
  return fmt::format("'{}'", replace_all(std::string(text), "'", "'\\''"));
}

}  // namespace remaphore::completions
