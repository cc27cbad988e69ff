#include "completions/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/mode_table.h"
#include "cli/option_table.h"
#include "fleet/command_line.h"

namespace remaphore::completions {
namespace {

Value value_of(Kind kind) {
  switch (kind) {
    case Kind::kFile: return Value::kFile;
    case Kind::kDirectory: return Value::kFolder;
    case Kind::kDestination: return Value::kDestination;
    case Kind::kVerb: return Value::kVerb;
    case Kind::kPublicKey: return Value::kKey;
    case Kind::kChoice: return Value::kChoice;
    case Kind::kFlag:
    case Kind::kText:
    case Kind::kDuration:
    case Kind::kNumber:
    case Kind::kCount:
    case Kind::kCounts:
    case Kind::kCountOrNone: break;
  }
  return Value::kNothing;
}

// Of remaphore-fleet, whose tables name the values only. A new node's key is in no config.
Value value_of(std::string_view metavar) {
  if (metavar == "FILE" || metavar == "CONFIG") return Value::kFile;
  if (metavar == "DIR") return Value::kFolder;
  return Value::kNothing;
}

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

// "DIR --server URL NODE ..." -> folder, nothing: the word after an option belongs to the option.
std::vector<Value> operands_of(std::string_view usage) {
  std::vector<Value> operands;
  bool of_an_option = false;
  while (!usage.empty()) {
    const std::string_view word = usage.substr(0, usage.find(' '));
    usage.remove_prefix(std::min(usage.size(), word.size() + 1));
    const bool is_option = word.starts_with("--");
    if (!is_option && !of_an_option && word != "...") {
      operands.push_back(word == "DESTINATION" ? Value::kNode : value_of(word));
    }
    of_an_option = is_option;
  }
  return operands;
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

Program remaphore_program() {
  Program program{.name = "remaphore", .flags = {}, .commands = {}, .without_a_command = modes_without_a_command()};
  for (const Option& option : option_table()) {
    program.flags.push_back(
        {option.short_name, option.long_name, option.metavar, option.help, value_of(option.kind), option.choices});
  }
  return program;
}

Program fleet_program() {
  Program program{
      .name = "remaphore-fleet",
      .flags = {{"h", "help", "", "print a summary and exit"}, {"", "version", "", "print the version and exit"}},
      .commands = {},
      .without_a_command = {}};
  for (const fleet::CommandRow& row : fleet::command_table()) {
    Command command{row.name, row.help, operands_of(row.operands), {}};
    for (const fleet::FlagRow& flag : fleet::flag_table()) {
      if (!fleet::has_flag(row, flag)) continue;
      const bool is_short = !flag.name.starts_with("--");
      const std::string_view name = flag.name.substr(is_short ? 1 : 2);
      command.flags.push_back(
          {is_short ? name : "", is_short ? "" : name, flag.metavar, flag.help, value_of(flag.metavar)});
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
