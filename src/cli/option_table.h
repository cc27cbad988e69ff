// The options of remaphore: one table that the parser, the modes, --help, the completions and the man page's test read.
// A new option is a row here and its use in the mode that it belongs to.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "cli/mode.h"
#include "core/lock_entry.h"
#include "core/value_kind.h"

namespace remaphore {

// What happens to an option in a mode where it means nothing.
enum class InOtherModes {
  kIgnored,  // the Go tool has it, and ignores it there
  kRefused,  // it is ours: Errc::kUsage, naming the modes that it belongs to
};

// How to treat values that are often a scripting accident.
enum class EmptyOrRepeated {
  kTolerated,  // an empty value is as if not given, and the last of a repeated option counts
  kRefused,    // an empty value and a second, different one are errors: either would widen the target
};

// Other options, by their long names; unused places are empty.
using OptionNames = std::array<std::string_view, 2>;

// Further rules of a row, after its help and in any order. Bounds too, of a number or a duration.
struct Needs {  // requires one of these options, in modes that have them
  constexpr explicit Needs(std::string_view one, std::string_view other = {}) : names{one, other} {}
  OptionNames names;
};
struct NotWith {  // excludes these options, in modes that have them
  constexpr explicit NotWith(std::string_view one, std::string_view other = {}) : names{one, other} {}
  OptionNames names;
};
struct Choices {  // of ValueKind::kChoice: "auto|never"
  constexpr explicit Choices(std::string_view all) : words(all) {}
  std::string_view words;
};
struct ExitStatuses {  // that it adds, for --help
  constexpr explicit ExitStatuses(std::string_view all) : text(all) {}
  std::string_view text;
};
struct NeedsCommand {};

struct Option {
  template <class... Rules>
  consteval Option(std::string_view letter, std::string_view name, ValueKind value_kind, std::string_view value_name,
                   ModeSet its_modes, InOtherModes elsewhere, std::string_view help_line, Rules... rules)
      : short_name(letter),
        long_name(name),
        kind(value_kind),
        metavar(value_name),
        modes(its_modes),
        in_other_modes(elsewhere),
        help(help_line) {
    (set(rules), ...);
  }
  constexpr bool takes_value() const { return kind != ValueKind::kFlag; }
  constexpr ValueRule value() const { return {kind, bounds, choices}; }

  std::string_view short_name;  // "s", or empty
  std::string_view long_name;   // "send"
  ValueKind kind;
  std::string_view metavar;  // what --help calls the value; empty: a flag
  ModeSet modes;
  InOtherModes in_other_modes;
  std::string_view help;  // one line, without its modes, needs and bounds: cli/help adds them
  EmptyOrRepeated empty_or_repeated = EmptyOrRepeated::kTolerated;
  Bounds bounds;
  std::string_view choices;
  OptionNames needs;
  OptionNames not_with;
  bool needs_command = false;
  std::string_view exit_statuses;

 private:
  constexpr void set(EmptyOrRepeated rule) { empty_or_repeated = rule; }
  constexpr void set(Bounds rule) { bounds = rule; }
  constexpr void set(Choices rule) { choices = rule.words; }
  constexpr void set(Needs rule) { needs = rule.names; }
  constexpr void set(NotWith rule) { not_with = rule.names; }
  constexpr void set(NeedsCommand) { needs_command = true; }
  constexpr void set(ExitStatuses rule) { exit_statuses = rule.text; }
};

namespace option_rows {

using enum ValueKind;
using enum Mode;
using enum InOtherModes;

inline constexpr EmptyOrRepeated kStrict = EmptyOrRepeated::kRefused;
inline constexpr ExitStatuses kBarrierStatuses("4 some have not arrived, 5 all have arrived but commands failed");

inline constexpr ModeSet kAny = ModeSet::all();
inline constexpr ModeSet kConfirmingModes = {kSend, kRequest, kReceive, kBreak};
inline constexpr ModeSet kSigningModes = kPeerModes | ModeSet{kLock, kBreak};
inline constexpr ModeSet kLongRunningModes = {kReceive, kLock};
inline constexpr ModeSet kProgressModes = {kRequest, kReceive};

inline constexpr Option kRows[] = {
    {"s", "send", kFlag, "", kSend, kIgnored, "send the message and exit once the server has it"},
    {"r", "request", kFlag, "", kRequest, kIgnored, "send the message and print the answer of every addressed node"},
    {"C", "example-config", kFlag, "", kExampleConfig, kIgnored, "print an example config with a fresh key pair"},
    {"", "check", kFlag, "", kCheck, kRefused, "is this node ready? one line per question, exit 1 if it is not"},
    {"", "user", kText, "USER", kCheck, kRefused, "as root, check with the permissions of USER or USER:GROUP"},
    {"", "ping", kFlag, "", kCheck, kRefused, "also show which listeners are running, as --who does"},
    {"", "who", kFlag, "", kWho, kRefused, "show which listeners are running and what they do; runs no command",
     ExitStatuses("4 some nodes are silent, 1 all are")},
    {"", "lock", kText, "NAME", kLock, kRefused,
     "hold a lock while the command runs; without a command, until a signal or the end of standard input", kStrict,
     ExitStatuses("the command's; 75 not free, 76 lost, 124 -t")},
    {"", "locks", kFlag, "", kLocks, kRefused, "show who holds and who waits for locks, or for the lock NAME"},
    {"", "break", kText, "NAME/TICKET", kBreak, kRefused, "evict a waiter, or a holder and end its command", kStrict},
    {"c", "config", kFile, "FILE", kAny, kIgnored, "config file, default /etc/remaphore/remaphore.conf"},
    {"S", "subject", kText, "SUBJ", kMessageModes, kIgnored, "last part of the NATS subject, default all"},
    {"D", "destination", kDestination, "LIST", kPeerModes, kIgnored,
     "sending, --who: destinations, groups (@NAME), exclusions (!PAT), default **; receiving: our own", kStrict},
    {"", "nodes", kFile, "FILE", kSendingModes, kRefused, "more destinations, one per line; -: standard input",
     kStrict},
    {"", "limit", kCount, "COUNT", kSendingModes, kRefused, "send only to COUNT of the destinations, chosen at random",
     kStrict},
    {"", "dry-run", kFlag, "", kSendingModes, kRefused, "print the destinations, one per line, and send nothing"},
    {"", "yes", kFlag, "", kConfirmingModes, kRefused, "do not ask, not even for a verb that needs confirmation",
     Needs("arrive")},
    {"d", "any-destination", kFlag, "", kReceive, kIgnored, "accept messages for any destination",
     NotWith("destination")},
    {"p", "public-key", kPublicKey, "KEY", kSigningModes, kIgnored,
     "sending, --who, --lock, --break: identity to use; receiving: only this sender"},
    {"u", "uuid", kText, "TEXT", kMessageModes, kIgnored, "name of the message; receiving: only this one, implies -o",
     kStrict},
    {"v", "verb", kVerb, "VERB", kMessageModes, kIgnored,
     "verb, default ping; receiving: only these, separated by commas"},
    {"o", "once", kFlag, "", kReceive, kIgnored, "exit after the first accepted message", NotWith("count", "from")},
    {"", "count", kCount, "COUNT", kReceive, kRefused,
     "wait until COUNT different nodes have signalled: all, a number or a percentage", kStrict, kBarrierStatuses},
    {"", "from", kDestination, "LIST", kReceive, kRefused,
     "wait until all of these nodes have signalled, or --count of them", kStrict, kBarrierStatuses},
    {"", "any-status", kFlag, "", kReceive, kRefused, "also count nodes whose command failed", Needs("count", "from"),
     NeedsCommand()},
    {"", "arrive", kFlag, "", kReceive, kRefused,
     "also signal that this node has arrived, until all nodes have received that", Needs("count", "from")},
    {"", "exit-status", kFlag, "", kReceive, kRefused, "exit with the command's exit status", Needs("once", "uuid"),
     NeedsCommand(), NotWith("count", "from")},
    {"t", "timeout", kDuration, "DUR", kPeerModes | kLockModes, kIgnored,
     "limit on the whole operation, such as 90s or 1h30m; 0: no limit"},
    {"", "stored", kFlag, "", kSend, kRefused, "exit once a stream keeps the message for late receivers"},
    {"", "slots", kNumber, "N", kLock, kRefused,
     "how many may hold the lock at a time, default 1; all must give the same N", Bounds(1, kMaxSlots)},
    {"", "lease", kDuration, "DUR", kLock, kRefused,
     "how long a holder that is out of touch keeps the lock, default 30s", Bounds(kMinLease, kMaxLease)},
    {"", "no-wait", kFlag, "", kLock, kRefused, "exit 75 if the lock is not free", NotWith("wait")},
    {"", "wait", kDuration, "DUR", kLock, kRefused, "wait no longer than DUR, then exit 75"},
    {"", "conflict-exit-status", kNumber, "N", kLock, kRefused, "exit N instead of 75", Bounds(0, 255)},
    {"", "require", kCount, "COUNT", kRequest, kRefused, "how many must succeed: all, a number or a percentage",
     ExitStatuses("4 too few have answered, 5 all have answered but commands failed")},
    {"", "batch", kCounts, "COUNTS", kRequest, kRefused, "ask this many nodes at a time; the last count repeats",
     kStrict, ExitStatuses("6 ended before all were asked")},
    {"", "batch-wait", kDuration, "DUR", kRequest, kRefused, "wait DUR between rounds", Needs("batch")},
    {"", "node-timeout", kDuration, "DUR", kRequest, kRefused, "wait at most DUR for a round's answers",
     Needs("batch")},
    {"", "max-fail", kCountOrNone, "COUNT", kRequest, kRefused,
     "stop if more than COUNT nodes fail or stay silent, default 0", Needs("batch")},
    {"", "order", kChoice, "ORDER", kRequest, kRefused, "name (default), random or given", Choices("name|random|given"),
     Needs("batch")},
    {"", "left", kFile, "FILE", kRequest, kRefused,
     "write to FILE, for --nodes, who failed, stayed silent or was not asked"},
    {"", "out-dir", kDirectory, "DIR", kRequest, kRefused, "write each node's output and status to files in DIR"},
    {"", "gather", kFlag, "", kRequest, kRefused, "print equal answers once, under the list of their nodes"},
    {"", "jobs", kNumber, "N", kReceive, kRefused, "run up to N commands at a time, default 1: one after the other"},
    {"", "script-timeout", kDuration, "DUR", kReceive, kRefused, "end a command after DUR; its exit status is 124"},
    {"", "splay", kDuration, "DUR", kReceive, kRefused, "before each command, wait for a random part of DUR",
     NeedsCommand()},
    {"", "start-after", kDuration, "DUR", kReceive, kRefused,
     "return, or start the command, DUR after the message was signed"},
    {"", "grace", kDuration, "DUR", kReceive, kRefused, "on exit, give running commands DUR to finish"},
    {"", "payload-stdin", kFlag, "", kReceive, kRefused, "pass the payload on the command's standard input"},
    {"", "since", kDuration, "DUR", kReceive, kRefused,
     "also accept messages sent up to DUR ago, if a stream keeps them"},
    {"", "last", kFlag, "", kReceive, kRefused, "-o or -u takes the newest kept message, not the oldest",
     Needs("since")},
    {"", "state", kDirectory, "DIR", kReceive, kRefused, "remember in DIR what was received, across restarts"},
    {"", "audit", kFile, "FILE", kReceive, kRefused, "append a JSON line per verified message to FILE"},
    {"", "ready-file", kFile, "FILE", kLongRunningModes, kRefused,
     "create FILE once subscribed (or the lock is held), remove it when that ends"},
    {"", "ready-fd", kNumber, "N", kLongRunningModes, kRefused,
     "write a newline to descriptor N once subscribed (or the lock is held)"},
    {"", "stdin", kFlag, "", kSendingModes, kRefused, "the payload is standard input"},
    {"", "payload-file", kFile, "FILE", kMessageModes, kRefused, "the payload is FILE's content", Needs("arrive")},
    {"", "progress", kChoice, "WHEN", kProgressModes, kRefused,
     "show who has answered or arrived; auto: on a terminal (default), never", Choices("auto|never"),
     Needs("count", "from")},
    {"", "json", kFlag, "", kAny, kRefused, "print JSON, one object per line, including errors", NotWith("gather")},
    {"q", "quiet", kFlag, "", kAny, kRefused, "only errors and Ready on standard error"},
    {"", "verbose", kFlag, "", kAny, kRefused, "say why messages are ignored"},
    {"h", "help", kFlag, "", kHelp, kIgnored, "print this and exit"},
    {"", "version", kFlag, "", kVersion, kIgnored, "print the version and exit"},
};

}  // namespace option_rows

inline constexpr std::size_t kOptionCount = std::size(option_rows::kRows);
constexpr std::span<const Option> option_table() { return option_rows::kRows; }

// The option called `name` (without its dashes), short or long; nullptr if there is none.
const Option* find_option(std::string_view name);

// A row, referred to in code by its long name. An unknown name does not compile.
class OptionRef {
 public:
  consteval OptionRef(const char* long_name) {                           // NOLINT: line.text("uuid")
    while (option_rows::kRows[index_].long_name != long_name) ++index_;  // past the end: no constant expression
  }
  constexpr OptionRef(const Option& row)  // NOLINT: every function takes either
      : index_(static_cast<std::size_t>(&row - option_rows::kRows)) {}

  constexpr const Option& row() const { return option_rows::kRows[index_]; }
  constexpr std::size_t index() const { return index_; }

 private:
  std::size_t index_ = 0;
};

// An option that takes no value; any other does not compile.
class FlagRef : public OptionRef {
 public:
  consteval FlagRef(const char* long_name) : OptionRef(long_name) {  // NOLINT: line.is_set("send")
    if (row().takes_value()) takes_a_value();
  }
  constexpr FlagRef(const OptionRef& option) : OptionRef(option) {}  // NOLINT: of a kind known at run time
  constexpr FlagRef(const Option& row) : OptionRef(row) {}           // NOLINT: likewise

 private:
  static void takes_a_value();  // never defined: no constant expression
};

// The option as the user would type it: "-s", "--check".
std::string dashed(const Option& option);

}  // namespace remaphore
