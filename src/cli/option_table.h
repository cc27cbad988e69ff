// The options of remaphore: one table that the parser, the modes, --help, the completions and the man page's test read.
// A new option is a row here and its use in the mode that it belongs to.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/mode.h"

namespace remaphore {

// The type of an option's value: how it is checked, and what a shell can complete.
enum class Kind {
  kFlag,         // on or off; no value of its own
  kText,         // any
  kDuration,     // Go's, not negative
  kNumber,       // 1 to 10,000
  kCount,        // all, a number or a percentage: core/count
  kCounts,       // several, separated by commas
  kCountOrNone,  // the same as kCount, or 0
  kChoice,       // one of the row's choices
  kFile,         // path
  kDirectory,    // path
  kDestination,  // pattern, or our own
  kVerb,         // one, or several separated by commas
  kPublicKey,    // base58
};

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

struct Option {
  std::string_view short_name;  // "s", or empty
  std::string_view long_name;   // "send"
  Kind kind;
  std::string_view metavar;  // what --help calls the value; empty: a flag
  ModeSet modes;
  InOtherModes in_other_modes;
  std::string_view help;  // one line
  EmptyOrRepeated empty_or_repeated = EmptyOrRepeated::kTolerated;
  std::string_view choices = {};  // of Kind::kChoice: "auto|never"

  constexpr bool takes_value() const { return kind != Kind::kFlag; }
};

namespace option_rows {

using enum Kind;
using enum Mode;
using enum InOtherModes;

inline constexpr ModeSet kAny = ModeSet::all();
inline constexpr ModeSet kAsking = {kSend, kRequest, kReceive, kBreak}, kStanding = {kReceive, kLock};
inline constexpr ModeSet kWatched = {kRequest, kReceive};

inline constexpr Option kRows[] = {
    {"s", "send", kFlag, "", kSend, kIgnored, "send the message and exit once the server has it"},
    {"r", "request", kFlag, "", kRequest, kIgnored, "send the message and print the answer of every addressed node"},
    {"C", "example-config", kFlag, "", kExampleConfig, kIgnored, "print an example config with a fresh key pair"},
    {"", "check", kFlag, "", kCheck, kRefused, "is this node ready? one line per question, exit 1 if it is not"},
    {"", "user", kText, "USER", kCheck, kRefused,
     "with --check, as root: check with the permissions of USER or USER:GROUP"},
    {"", "ping", kFlag, "", kCheck, kRefused, "with --check: also show which listeners are there, as --who does"},
    {"", "who", kFlag, "", kWho, kRefused, "show which listeners are there and what they do; runs no command"},
    {"", "lock", kText, "NAME", kLock, kRefused, "hold a lock while the command runs; without one, until a signal",
     EmptyOrRepeated::kRefused},
    {"", "locks", kFlag, "", kLocks, kRefused, "show who holds and who waits for locks, or for the lock NAME"},
    {"", "break", kText, "NAME/TICKET", kBreak, kRefused, "evict a holder, and end its command, or a waiter",
     EmptyOrRepeated::kRefused},
    {"c", "config", kFile, "FILE", kAny, kIgnored, "config file, default /etc/remaphore/remaphore.conf"},
    {"S", "subject", kText, "SUBJ", kBusModes, kIgnored, "last part of the NATS subject, default all"},
    {"D", "destination", kDestination, "LIST", kEveryBusMode, kIgnored,
     "sending: destinations, groups (@NAME), exclusions (!PAT), default **; receiving: our destination",
     EmptyOrRepeated::kRefused},
    {"", "nodes", kFile, "FILE", kMessageModes, kRefused, "sending: more destinations, one per line; -: standard input",
     EmptyOrRepeated::kRefused},
    {"", "limit", kCount, "COUNT", kMessageModes, kRefused, "sending: send only to COUNT of them, chosen at random",
     EmptyOrRepeated::kRefused},
    {"", "dry-run", kFlag, "", kMessageModes, kRefused, "print the destinations, one per line, and send nothing"},
    {"", "yes", kFlag, "", kAsking, kRefused,
     "sending, --arrive, --break: do not ask, not even for a verb that needs confirmation"},
    {"d", "any-destination", kFlag, "", kReceive, kIgnored, "receive whatever the destination"},
    {"p", "public-key", kPublicKey, "KEY", kEveryBusMode | kLockModes, kIgnored,
     "sending: identity to use; receiving: only this sender"},
    {"u", "uuid", kText, "TEXT", kBusModes, kIgnored, "name of the message; receiving: only this one, implies -o",
     EmptyOrRepeated::kRefused},
    {"v", "verb", kVerb, "VERB", kBusModes, kIgnored, "verb, default ping; receiving: only these, separated by commas"},
    {"o", "once", kFlag, "", kReceive, kIgnored, "receive one matching message and exit"},
    {"", "count", kCount, "COUNT", kReceive, kRefused,
     "receiving: wait until COUNT different nodes have signalled: all, a number or a percentage",
     EmptyOrRepeated::kRefused},
    {"", "from", kDestination, "LIST", kReceive, kRefused,
     "receiving: wait until all of these nodes have signalled, or --count of them", EmptyOrRepeated::kRefused},
    {"", "any-status", kFlag, "", kReceive, kRefused, "with --count or --from: also count nodes whose command failed"},
    {"", "arrive", kFlag, "", kReceive, kRefused,
     "with --count or --from: also signal that we are there, until all have heard it"},
    {"", "exit-status", kFlag, "", kReceive, kRefused, "with -o and a command: exit with the command's exit status"},
    {"t", "timeout", kDuration, "DUR", kEveryBusMode | kLockModes, kIgnored,
     "bound on the whole operation, like 90s or 1h30m; 0: none"},
    {"", "stored", kFlag, "", kSend, kRefused, "with -s: exit once a stream keeps the message for late receivers"},
    {"", "slots", kNumber, "N", kLock, kRefused,
     "with --lock: how many may hold it at a time, default 1; all must give the same N"},
    {"", "lease", kDuration, "DUR", kLock, kRefused,
     "with --lock: how long a lost holder keeps it, default 30s, at least 2s"},
    {"", "no-wait", kFlag, "", kLock, kRefused, "with --lock: exit 75 if it is not free"},
    {"", "wait", kDuration, "DUR", kLock, kRefused, "with --lock: wait no longer than DUR, then exit 75"},
    {"", "conflict-exit-status", kText, "N", kLock, kRefused, "with --lock: exit N instead of 75"},
    {"", "require", kCount, "COUNT", kRequest, kRefused,
     "with -r: how many must succeed: all, a number or a percentage"},
    {"", "batch", kCounts, "COUNTS", kRequest, kRefused,
     "with -r: ask this many nodes at a time; the last count repeats", EmptyOrRepeated::kRefused},
    {"", "batch-wait", kDuration, "DUR", kRequest, kRefused, "with --batch: wait DUR between rounds"},
    {"", "node-timeout", kDuration, "DUR", kRequest, kRefused, "with --batch: wait at most DUR for a round's answers"},
    {"", "max-fail", kCountOrNone, "COUNT", kRequest, kRefused,
     "with --batch: stop if more than COUNT nodes fail or stay silent, default 0"},
    {"", "order", kChoice, "ORDER", kRequest, kRefused, "with --batch: name (default), random or given",
     EmptyOrRepeated::kTolerated, "name|random|given"},
    {"", "left", kFile, "FILE", kRequest, kRefused,
     "with -r: write to FILE, for --nodes, who failed, stayed silent or was not asked"},
    {"", "out-dir", kDirectory, "DIR", kRequest, kRefused,
     "with -r: write each node's output and status to files in DIR"},
    {"", "gather", kFlag, "", kRequest, kRefused, "with -r: print equal answers once, under the list of their nodes"},
    {"", "jobs", kNumber, "N", kReceive, kRefused,
     "receiving: run up to N commands at a time, default 1: one after the other"},
    {"", "script-timeout", kDuration, "DUR", kReceive, kRefused,
     "receiving: end a command after DUR; its exit status is 124"},
    {"", "splay", kDuration, "DUR", kReceive, kRefused,
     "receiving: before each command, wait for a random part of DUR"},
    {"", "start-after", kDuration, "DUR", kReceive, kRefused,
     "receiving: return, or start the command, DUR after the message was signed"},
    {"", "grace", kDuration, "DUR", kReceive, kRefused, "receiving: on exit, give running commands DUR to finish"},
    {"", "payload-stdin", kFlag, "", kReceive, kRefused, "receiving: pass the payload on the command's standard input"},
    {"", "since", kDuration, "DUR", kReceive, kRefused,
     "receiving: also accept messages sent up to DUR ago, if a stream keeps them"},
    {"", "last", kFlag, "", kReceive, kRefused,
     "with --since and -o or -u: take the newest kept message, not the oldest"},
    {"", "state", kDirectory, "DIR", kReceive, kRefused,
     "receiving: remember in DIR what was received, across restarts"},
    {"", "audit", kFile, "FILE", kReceive, kRefused, "receiving: append a JSON line per verified message to FILE"},
    {"", "ready-file", kFile, "FILE", kStanding, kRefused,
     "receiving, --lock: create FILE once subscribed or held, remove it on exit"},
    {"", "ready-fd", kNumber, "N", kStanding, kRefused,
     "receiving, --lock: write a newline to descriptor N once subscribed or held"},
    {"", "stdin", kFlag, "", kMessageModes, kRefused, "sending: the payload is standard input"},
    {"", "payload-file", kFile, "FILE", kBusModes, kRefused, "sending, --arrive: the payload is FILE's content"},
    {"", "progress", kChoice, "WHEN", kWatched, kRefused,
     "-r, --count, --from: show who has answered or arrived; auto: on a terminal (default), never",
     EmptyOrRepeated::kTolerated, "auto|never"},
    {"", "json", kFlag, "", kAny, kRefused, "print JSON, one object per line, including errors"},
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

// As the user would type it: "-s", "--check".
std::string dashed(const Option& option);

}  // namespace remaphore
