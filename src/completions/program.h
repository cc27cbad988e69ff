// The input for a program's completions: its options and commands, from the tables that its parser reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/value_kind.h"

namespace remaphore::completions {

// How the shells complete a kind of value; @CHOICES@ stands for its words. Destinations, verbs and keys are those of
// the config.
struct Completion {
  ValueKind kind;
  std::string_view bash;  // a case of its function for values
  std::string_view zsh;   // an action of _arguments
  std::string_view fish;  // options of `complete`
};

struct Flag {
  std::string_view short_name;  // without dashes, or empty
  std::string_view long_name;
  std::string_view metavar;  // empty: a switch
  std::string help;
  ValueRule value;
};

struct Command {
  std::string_view name;
  std::string_view help;
  std::vector<ValueKind> operands;  // the last one repeats
  std::vector<Flag> flags;
};

struct Program {
  std::string name;
  std::vector<Flag> flags;
  std::vector<Command> commands;  // none: the operand is any command to run
  std::string without_a_command;  // "s|send": the options after which no command is expected
};

Program remaphore_program();
Program fleet_program();

// The text of the completion file for one shell. The config is read at completion time; the shell evaluates nothing
// that it contains.
std::string bash_completion(const Program& program);
std::string zsh_completion(const Program& program);
std::string fish_completion(const Program& program);

// Parts of the generators.
const Completion& completion_of(ValueKind kind);
// An awk program that prints the destinations (and @GROUP for its groups), verbs or keys, as `want` says, of a config.
extern const std::string_view kConfigReader;
std::string replace_all(std::string text, std::string_view what, std::string_view by);
std::string quote_for_shell(std::string_view text);  // in single quotes, for bash and zsh

}  // namespace remaphore::completions
