// Bash: a function that walks over the words up to the cursor, as the program's parser would.
#include <fmt/format.h>

#include "completions/program.h"

namespace remaphore::completions {
namespace {

// Words are offered as data, never expanded.
constexpr std::string_view kOffers = R"sh(
@F@_offer() {  # PREFIX, words on standard input
  local word
  while IFS= read -r word; do
    [[ $1$word == "$cur"* ]] && COMPREPLY+=("$1$word")
  done
}
@F@_files() {
  compopt -o filenames 2>/dev/null
  @F@_offer "" < <(compgen "$1" -- "$cur")
}
@F@_value() {
  case $1 in
    file) @F@_files -f ;;
    folder) @F@_files -d ;;
)sh";

// `config` is the one that the command line names.
constexpr std::string_view kConfigOffers = R"sh(    destination)
      local first=
      [[ $cur == *,* ]] && first=${cur%,*},
      [[ ${cur#"$first"} == !* ]] && first+=!
      @F@_offer "$first" < <(@F@_config destinations)
      ;;
    key) @F@_offer "" < <(@F@_config keys) ;;
    choice:*)
      local choices=${1#choice:}
      @F@_offer "" < <(printf '%s\n' "${choices//|/$'\n'}")
      ;;
    verb)
      local first=
      [[ $cur == *,* ]] && first=${cur%,*},
      @F@_offer "$first" < <(printf 'ping\n'; @F@_config verbs)
      ;;
  esac
}
@F@_config() {
  local file=${config/#\~\//"$HOME"/}
  [[ -f $file && -r $file ]] && awk -v want="$1" @AWK@ <"$file" | sort -u
}
)sh";

constexpr std::string_view kFleetOffers = R"sh(    node)
      local node
      @F@_offer "" < <(
        for node in "${folder/#\~\//"$HOME"/}"/nodes/*/; do
          node=${node%/}
          [[ -d $node ]] && printf '%s\n' "${node##*/}"
        done
      )
      ;;
  esac
}
)sh";

// Go's flag syntax: one dash and two are the same, the first operand ends the options. Readline also cuts words at @,
// and replaces the last piece with its @, unless the word is quoted.
constexpr std::string_view kPlain = R"sh(
@F@_join() {
  local rest=$COMP_LINE piece glued= i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    if [[ $glued && $piece == =@ ]]; then
      words+=(= @)
    elif [[ $glued && ($piece == @* || ${COMP_WORDS[i - 1]} == *@) ]]; then
      words[-1]+=$piece
    else
      words+=("$piece")
    fi
    rest=${rest#"$piece"} glued=
    [[ $rest && $rest != [[:blank:]]* ]] && glued=yes
    rest=${rest#"${rest%%[![:blank:]]*}"}
  done
}
@F@() {
  local -a words=()
  @F@_join
  local last=$((${#words[@]} - 1))
  local cur=${words[last]//\\!/!} cut=
  case $cur in
    [\'\"]*) cur=${cur#?} ;;
    *@*) [[ $cur == "${COMP_WORDS[COMP_CWORD]}" ]] || cut=${cur%@*} ;;
  esac
  @F@_complete
  COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}
@F@_complete() {
  local config=/etc/remaphore/remaphore.conf sending= word name kind i
  COMPREPLY=()
  for ((i = 1; i < last; i++)); do
    word=${words[i]}
    [[ $word == -?* && $word != -- ]] || break
    name=${word#-} name=${name#-} kind=
    case $name in
@VALUES@    esac
    case $name in @SENDING@) sending=yes ;; esac
    if [[ $kind ]]; then
      ((++i))
      if [[ ${words[i]} == = ]]; then
        ((i < last)) && ((++i)) || cur=
      fi
      ((i < last)) || { @F@_value "$kind"; return; }
      [[ $name == c || $name == config ]] && config=${words[i]}
    fi
  done
  [[ ${words[i]} == -- ]] && ((i < last)) && ((++i))
  if ((i >= last)) && [[ $cur == -* ]]; then
    @F@_offer "" < <(printf '%s\n' @NAMES@)
  elif [[ ! $sending ]] && ((i >= last)); then
    @F@_files -c
  elif [[ ! $sending ]]; then
    @F@_files -f
  fi
}
complete -F @F@ @P@
)sh";

constexpr std::string_view kCommands = R"sh(
@F@() {
  local cur=${COMP_WORDS[COMP_CWORD]} folder= kind i name count=0
  local -a operands=()
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    @F@_offer "" < <(printf '%s\n' @NAMES@)
    return
  fi
  local flags=()
  case ${COMP_WORDS[1]} in
@COMMANDS@    *) return ;;
  esac
  for ((i = 2; i < COMP_CWORD; i++)); do
    name=${COMP_WORDS[i]} kind=
    if [[ $name != -* ]]; then
      ((count++)) || folder=$name
      continue
    fi
    case ${COMP_WORDS[1]}$name in
@VALUES@    esac
    [[ $kind ]] || continue
    ((++i))
    if [[ ${COMP_WORDS[i]} == = ]]; then
      ((i < COMP_CWORD)) && ((++i)) || cur=
    fi
    ((i < COMP_CWORD)) || { @F@_value "$kind"; return; }
  done
  if [[ $cur == -* ]]; then
    @F@_offer "" < <(printf '%s\n' "${flags[@]}")
  elif ((${#operands[@]})); then
    @F@_value "${operands[count < ${#operands[@]} ? count : ${#operands[@]} - 1]}"
  fi
}
complete -F @F@ @P@
)sh";

std::string name_of(const ValueRule& value) {
  return replace_all(std::string(completion_of(value.kind).bash), "@CHOICES@", value.choices);
}

// The spellings of the options on a command line.
std::string names_of(const std::vector<Flag>& flags) {
  std::string names;
  for (const Flag& flag : flags) {
    if (!flag.short_name.empty()) names += fmt::format("-{} ", flag.short_name);
    names += fmt::format("--{} ", flag.long_name);
  }
  if (!names.empty()) names.pop_back();
  return names;
}

std::string plain(const Program& program) {
  std::string values;
  for (const Flag& flag : program.flags) {
    if (flag.metavar.empty()) continue;
    const std::string also = flag.short_name.empty() ? "" : fmt::format("{}|", flag.short_name);
    values += fmt::format("      {}{}) kind={} ;;\n", also, flag.long_name, name_of(flag.value));
  }
  std::string text = replace_all(std::string(kPlain), "@VALUES@", values);
  text = replace_all(std::move(text), "@SENDING@", program.without_a_command);
  return replace_all(std::move(text), "@NAMES@", names_of(program.flags));
}

std::string with_commands(const Program& program) {
  std::string names, commands, values;
  for (const Command& command : program.commands) {
    names += fmt::format("{} ", command.name);
    std::string operands;
    for (const ValueKind kind : command.operands)
      operands += fmt::format("{}{}", operands.empty() ? "" : " ", name_of({kind}));
    commands += fmt::format("    {}) flags=({}) operands=({}) ;;\n", command.name, names_of(command.flags), operands);
    for (const Flag& flag : command.flags) {
      if (flag.metavar.empty()) continue;
      const std::string also = flag.short_name.empty() ? "" : fmt::format("{}-{}|", command.name, flag.short_name);
      values += fmt::format("      {}{}--{}) kind={} ;;\n", also, command.name, flag.long_name, name_of(flag.value));
    }
  }
  std::string text = replace_all(std::string(kCommands), "@NAMES@", names + names_of(program.flags));
  text = replace_all(std::move(text), "@COMMANDS@", commands);
  return replace_all(std::move(text), "@VALUES@", values);
}

}  // namespace

std::string bash_completion(const Program& program) {
  std::string text = fmt::format("# Completions of {} for bash.\n", program.name);
  text += kOffers;
  if (program.commands.empty()) {
    text += replace_all(std::string(kConfigOffers), "@AWK@", quote_for_shell(kConfigReader)) + plain(program);
  } else {
    text += std::string(kFleetOffers) + with_commands(program);
  }
  text = replace_all(std::move(text), "@F@", fmt::format("_{}", replace_all(program.name, "-", "_")));
  return replace_all(std::move(text), "@P@", program.name);
}

}  // namespace remaphore::completions
