// Fish: a line of `complete` for each option.
#include <fmt/format.h>

#include "completions/program.h"

namespace remaphore::completions {
namespace {

constexpr std::string_view kConfig = R"sh(
# Destinations, verbs or keys of the config that the command line names.
function @F@_config
    set -l config /etc/remaphore/remaphore.conf
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case -c -config --config
                set -q words[(math $i + 1)]; and set config $words[(math $i + 1)]
            case '-c=*' '-config=*' '--config=*'
                set config (string replace -r '^[^=]*=' '' -- $words[$i])
        end
    end
    set config (string replace -r '^~/' "$HOME/" -- $config)
    test -f "$config" -a -r "$config"; and awk -v want=$argv[1] @AWK@ <$config | sort -u
end
# Behind the last comma, and behind the ! of an exclusion.
function @F@_destinations
    set -l word (commandline -ct | string replace -r '^--?[a-z]+=' '' | string replace -r '^["\']' '')
    set -l first (string match -r '^(?:.*,)?!?' -- $word)
    for one in (@F@_config destinations)
        echo "$first$one"
    end
end
# Behind the last comma.
function @F@_verbs
    set -l first (string match -r '.*,' -- (commandline -ct | string replace -r '^--?[a-z]+=' ''))
    for verb in ping (@F@_config verbs)
        echo "$first$verb"
    end
end
)sh";

constexpr std::string_view kPlain = R"sh(
# No operand yet, and no switch that makes of operands a message.
function @F@_wants_command
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        string match -qr -- '^--?(@SENDING@)$' $word; and return 1
    end
    not string match -qr -- '^-' (commandline -ct)
end
complete -c @P@ -n @F@_wants_command -f -a '(__fish_complete_command)'
)sh";

constexpr std::string_view kCommands = R"sh(
function @F@_nodes
    set -l words (commandline -opc)
    set -q words[3]; or return
    for node in (string replace -r '^~/' "$HOME/" -- $words[3])/nodes/*/
        basename $node
    end
end
complete -c @P@ -f
)sh";

std::string quote(std::string_view text) {
  return fmt::format("'{}'", replace_all(replace_all(std::string(text), "\\", "\\\\"), "'", "\\'"));
}

std::string argument_of(const ValueRule& value) {
  return replace_all(std::string(completion_of(value.kind).fish), "@CHOICES@",
                     replace_all(std::string(value.choices), "|", " "));
}

std::string lines_of(const std::vector<Flag>& flags, const std::string& condition) {
  std::string text;
  for (const Flag& flag : flags) {
    text += fmt::format("complete -c @P@{}{} -l {}{} -d {}\n", condition,
                        flag.short_name.empty() ? "" : fmt::format(" -s {}", flag.short_name), flag.long_name,
                        flag.metavar.empty() ? "" : argument_of(flag.value), quote(flag.help));
  }
  return text;
}

std::string lines_of(const std::vector<Command>& commands) {
  std::string text;
  for (const Command& command : commands) {
    text += fmt::format("complete -c @P@ -n __fish_use_subcommand -a {} -d {}\n", command.name, quote(command.help));
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
    text += lines_of(command.flags, condition);
    for (const ValueKind kind : command.operands) {
      if (kind == ValueKind::kText) continue;
      text += fmt::format("complete -c @P@{}{}\n", condition, replace_all(argument_of({kind}), " -r -F", " -F"));
    }
  }
  return text;
}

}  // namespace

std::string fish_completion(const Program& program) {
  const bool plain = program.commands.empty();
  std::string text = fmt::format("# Completions of {} for fish.\n", program.name);
  if (plain) text += replace_all(std::string(kConfig), "@AWK@", quote(kConfigReader));
  text += replace_all(std::string(plain ? kPlain : kCommands), "@SENDING@", program.without_a_command);
  text += lines_of(program.flags, plain ? "" : " -n __fish_use_subcommand");
  text += lines_of(program.commands);
  text = replace_all(std::move(text), "@F@", fmt::format("__{}", replace_all(program.name, "-", "_")));
  return replace_all(std::move(text), "@P@", program.name);
}

}  // namespace remaphore::completions
