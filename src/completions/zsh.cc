// Zsh: specifications for _arguments.
#include <fmt/format.h>

#include "completions/program.h"

namespace remaphore::completions {
namespace {

// A typed word is never used as a pattern: a pattern can run commands.
constexpr std::string_view kPath = R"sh(
@F@_path() {
  [[ $1 == \~/* ]] && print -rn -- $HOME/${(Q)1#\~/} || print -rn -- ${(Q)1}
}
)sh";

constexpr std::string_view kConfig = R"sh(
# Destinations, verbs or keys of the config that the command line names.
@F@_config() {
  local config=/etc/remaphore/remaphore.conf i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      -c|-config|--config) config=$words[i+1] ;;
      -c=*|-config=*|--config=*) config=${words[i]#*=} ;;
    esac
  done
  config=$(@F@_path $config)
  [[ -f $config && -r $config ]] && awk -v want=$1 @AWK@ <$config | sort -u
}
@F@_destinations() {
  local -a found=(${(f)"$(@F@_config destinations)"})
  compset -P '*,'
  compset -P '!'
  compadd -a found
}
@F@_verbs() {
  local -a found=(ping ${(f)"$(@F@_config verbs)"})
  _sequence compadd - $found
}
@F@_keys() {
  local -a found=(${(f)"$(@F@_config keys)"})
  compadd -a found
}
)sh";

constexpr std::string_view kPlain = R"sh(
@F@() {
  local sending i
  for ((i = 2; i < CURRENT; i++)); do
    [[ $words[i] == -(|-)(@SENDING@) ]] && sending=yes
  done
  local -a operands=('(-):command:_command_names -e' '*::argument:_normal')
  [[ -n $sending ]] && operands=('*:message:')
  _arguments -S -A '-*' @FLAGS@ \
    $operands
}

@F@ "$@"
)sh";

constexpr std::string_view kCommands = R"sh(
@F@_nodes() {
  local -a found=("$(@F@_path $words[2])"/nodes/*(N/:t))
  compadd -a found
}
@F@() {
  local curcontext=$curcontext state line
  _arguments -C @FLAGS@ \
    '1:command:->command' '*::argument:->arguments'
  case $state in
    command)
      local -a commands=(@NAMES@)
      _describe command commands
      ;;
    arguments)
      case $words[1] in
@COMMANDS@      esac
      ;;
  esac
}

@F@ "$@"
)sh";

std::string action_of(const ValueRule& value) {
  return replace_all(std::string(completion_of(value.kind).zsh), "@CHOICES@",
                     replace_all(std::string(value.choices), "|", " "));
}

// What _arguments would take for syntax.
std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// Each spelling has a line of its own; an option may be repeated, the last counts.
std::string specifications(const std::vector<Flag>& flags, std::string_view indent) {
  std::string text;
  const auto add = [&](const std::string& name, const Flag& flag) {
    std::string one = fmt::format("*{}[{}]", name, escape(flag.help));
    if (!flag.metavar.empty()) one += fmt::format(":{}:{}", escape(flag.metavar), action_of(flag.value));
    text += fmt::format(" \\\n{}{}", indent, quote_for_shell(one));
  };
  for (const Flag& flag : flags) {
    if (!flag.short_name.empty()) add(fmt::format("-{}", flag.short_name), flag);
    add(fmt::format("--{}{}", flag.long_name, flag.metavar.empty() ? "" : "="), flag);
  }
  return text;
}

std::string with_commands(const Program& program) {
  std::string names, commands;
  for (const Command& command : program.commands) {
    if (!names.empty()) names += ' ';
    names += quote_for_shell(fmt::format("{}:{}", command.name, escape(command.help)));
    commands += fmt::format("        {}) _arguments{}", command.name, specifications(command.flags, "          "));
    for (std::size_t i = 0; i < command.operands.size(); ++i) {
      const bool last = i + 1 == command.operands.size() && i > 0;
      const std::string spec =
          fmt::format("{}:argument:{}", last ? "*" : std::to_string(i + 1), action_of({command.operands[i]}));
      commands += fmt::format(" \\\n          {}", quote_for_shell(spec));
    }
    commands += " ;;\n";
  }
  std::string text = replace_all(std::string(kCommands), "@NAMES@", names);
  return replace_all(std::move(text), "@COMMANDS@", commands);
}

}  // namespace

std::string zsh_completion(const Program& program) {
  std::string text = fmt::format("#compdef {}\n# Completions of {} for zsh.\n", program.name, program.name);
  text += kPath;
  if (program.commands.empty()) {
    text += replace_all(std::string(kConfig), "@AWK@", quote_for_shell(kConfigReader));
    text += replace_all(std::string(kPlain), "@SENDING@", program.without_a_command);
  } else {
    text += with_commands(program);
  }
  text = replace_all(std::move(text), "@FLAGS@", specifications(program.flags, "    "));
  return replace_all(std::move(text), "@F@", fmt::format("_{}", program.name));
}

}  // namespace remaphore::completions
