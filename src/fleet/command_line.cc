#include "fleet/command_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/redact.h"
#include "fleet/commands.h"

namespace remaphore::fleet {
namespace {

constexpr std::size_t kAnyNumber = 1'000'000;

namespace command_rows {

using enum Command;
using enum FirstOperand;

constexpr CommandRow kRows[] = {
    {"init", kInit, kPlace, 1, kAnyNumber, "DIR --server URL NODE ...", "create a fleet in the new folder DIR",
     run_init},
    {"add", kAdd, kPlace, 1, kAnyNumber, "DIR NODE ...", "add nodes", run_add},
    {"revoke", kRevoke, kPlace, 1, kAnyNumber, "DIR DESTINATION ...", "shut nodes out", run_revoke},
    {"set", kSet, kPlace, 1, kAnyNumber, "DIR NODE ...", "change what nodes may send", run_set},
    {"groups", kGroups, kPlace, 0, 2, "DIR [NAME MEMBER,MEMBER]", "name several nodes, or show the groups", run_groups},
    {"rotate", kRotate, kPlace, 1, 1, "DIR DESTINATION",
     "give a node a new key; once all know it, run again to remove the old one", run_rotate},
    {"publish", kPublish, kPlace, 0, 0, "DIR", "send the roster to all nodes and show which have it", run_publish},
    {"apply", kApply, kPlace, 0, 1, "CONFIG [roster]", "on a node: apply a published roster, from standard input",
     run_apply},
    {"renew-tls", kRenewTls, kPlace, 0, 0, "DIR", "generate new certificates for the servers of a fleet with TLS",
     run_renew_tls},
    {"check", kCheck, kPlace, 0, 0, "CONFIG", "is this node ready? one line per question", run_check},
    {"keygen", kKeygen, kAny, 0, 1, "[DESTINATION]", "print a new identity line, and a peer line", run_keygen},
    {"hub", kHub, kPlace, 0, 0, "DIR", "run DIR's NATS server in the foreground", run_hub},
    {"servers", kServers, kPlace, 0, 0, "DIR --server URL ...", "move the fleet to these servers", run_servers},
    {"provision", kProvision, kPlace, 0, 0, "DIR", "create or update the streams on DIR's running server",
     run_provision},
    {"demo", kDemo, kAny, 0, 0, "", "demonstrate remaphore on a temporary fleet", run_demo},
};

}  // namespace command_rows

namespace flag_rows {

using enum Command;
using enum ValueKind;

constexpr CommandSet every_command() {
  CommandSet all;
  for (const CommandRow& row : command_rows::kRows) all = all | row.command;
  return all;
}
constexpr CommandSet kEvery = every_command();
constexpr CommandSet kOfServers = {kInit, kServers}, kOfKeeping = {kInit, kProvision}, kOfOneNode = {kAdd, kRotate};

// A new node's key is in no config, and a server's address in no list: both are any text.
constexpr FlagRow kRows[] = {
    {"", "server", kText, "URL", kOfServers, [](Options& o, std::string_view value) { o.servers.emplace_back(value); },
     "where the nodes find a server; may be repeated"},
    {"", "listen", kText, "HOST:PORT", kOfServers,
     [](Options& o, std::string_view value) { o.listen_addresses.emplace_back(value); },
     "where a server listens, in the order of --server; default: its --server"},
    {"", "server", kText, "N", kHub, [](Options& o, std::string_view value) { o.server_number = value; },
     "number of the server to run; default: 1"},
    {"", "subject", kText, "SUBJECT", kInit, [](Options& o, std::string_view value) { o.subject = value; },
     "default remaphore"},
    {"", "prefix", kDirectory, "DIR", kInit, [](Options& o, std::string_view value) { o.prefix = value; },
     "the configs' folder on the nodes: write absolute paths"},
    {"", "mixed", kFlag, "", kInit, [](Options& o, std::string_view) { o.mixed = true; },
     "some nodes run the Go tool: accept its unbound replies"},
    {"", "tls", kFlag, "", kOfServers, [](Options& o, std::string_view) { o.tls = true; },
     "use TLS, with a certificate authority of the fleet's own"},
    {"", "fleet-name", kText, "NAME", kInit, [](Options& o, std::string_view value) { o.fleet_name = value; },
     "name of the fleet itself, which signs its rosters; default: fleet"},
    {"", "keep", kDuration, "DUR", kOfKeeping, [](Options& o, std::string_view value) { o.keep = value; },
     "how long the server keeps messages, 0: not at all; in a new fleet: 24h"},
    {"", "keep-bytes", kText, "BYTES", kOfKeeping, [](Options& o, std::string_view value) { o.keep_bytes = value; },
     "maximum total size; when it is reached, the oldest messages are discarded; in a new fleet: 64M"},
    {"", "keep-subject", kText, "X", kOfKeeping,
     [](Options& o, std::string_view value) { o.keep_subjects.emplace_back(value); },
     "also keep messages sent with -S X; may be repeated"},
    {"", "public-key", kText, "KEY", kOfOneNode, [](Options& o, std::string_view value) { o.public_key = value; },
     "the public key that keygen generated on the node; one node only"},
    {"", "remove", kText, "NAME", kGroups, [](Options& o, std::string_view value) { o.remove = value; },
     "remove the group"},
    {"", "force", kFlag, "", kRotate, [](Options& o, std::string_view) { o.force = true; },
     "remove the old key, even if nodes still need it"},
    {"t", "timeout", kDuration, "DUR", kPublish, [](Options& o, std::string_view value) { o.timeout = value; },
     "how long to wait for answers; default 10s, 0: until all have answered"},
    {"", "print", kFlag, "", kPublish, [](Options& o, std::string_view) { o.print = true; },
     "print the roster for apply, do not send it"},
    {"", "ping", kFlag, "", kCheck, [](Options& o, std::string_view) { o.ping = true; },
     "also show which listeners are running"},
    {"", "user", kText, "USER", kCheck, [](Options& o, std::string_view value) { o.user = value; },
     "as root: check with the permissions of USER or USER:GROUP"},
    {"", "json", kFlag, "", kEvery, [](Options& o, std::string_view) { o.format = OutputFormat::kJson; },
     "print JSON, one object per line"},
    {"h", "help", kFlag, "", CommandSet::all(), [](Options& o, std::string_view) { o.command = Command::kHelp; },
     "print a summary and exit"},
    {"", "version", kFlag, "", kHelp, [](Options& o, std::string_view) { o.command = Command::kVersion; },
     "print the version and exit"},
};

}  // namespace flag_rows

Unexpected<Error> usage(const std::string& message) {
  return fail(Errc::kUsage, message + "; see remaphore-fleet --help");
}

std::string usage_line(const CommandRow& row) {
  return fmt::format("{}{}{}", row.name, row.usage.empty() ? "" : " ", row.usage);
}

class Words {
 public:
  explicit Words(std::span<const std::string_view> words) : rest_(words) {}
  bool empty() const { return rest_.empty(); }
  std::string_view take() {
    const std::string_view word = rest_.front();
    rest_ = rest_.subspan(1);
    return word;
  }

 private:
  std::span<const std::string_view> rest_;
};

// -t or --timeout
bool is_called(const FlagRow& flag, std::string_view name) {
  if (name.starts_with("--")) return name.substr(2) == flag.long_name;
  return !flag.short_name.empty() && name.substr(1) == flag.short_name;
}

// The row for `command` of the flag that is spelled `name`. nullptr: it has none.
const FlagRow* find_flag(std::string_view name, Command command) {
  for (const FlagRow& flag : flag_table()) {
    if (is_called(flag, name) && flag.commands.has(command)) return &flag;
  }
  return nullptr;
}

// `word` is --name or --name=value; the value may also be the next word.
Result<void> parse_flag(std::string_view word, Words& rest, const CommandRow& row, Options& options) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const auto flags = flag_table();
  if (std::none_of(flags.begin(), flags.end(), [name](const FlagRow& flag) { return is_called(flag, name); }))
    return usage(fmt::format("unknown option {}", quote_redacted(name)));
  const FlagRow* flag = find_flag(name, row.command);
  if (flag == nullptr) return usage(fmt::format("{} has no option {}", row.name, name));
  if (flag->kind == ValueKind::kFlag) {
    if (equals != word.npos) return usage(fmt::format("{} takes no value", name));
    flag->set(options, {});
    return {};
  }
  if (equals == word.npos && rest.empty()) return usage(fmt::format("{} needs a value", name));
  const std::string_view value = equals == word.npos ? rest.take() : word.substr(equals + 1);
  if (value.empty()) return usage(fmt::format("{} needs a value", name));
  if (const std::string fault = value_fault({flag->kind}, value); !fault.empty())
    return usage(fmt::format("{}{}", name, fault));
  flag->set(options, value);
  return {};
}

Result<void> place_operands(std::vector<std::string> operands, const CommandRow& row, Options& options) {
  const bool needs_place = row.first == FirstOperand::kPlace;
  if (needs_place && !operands.empty()) {
    options.place = std::move(operands.front());
    operands.erase(operands.begin());
  }
  if ((needs_place && options.place.empty()) || operands.size() < row.least) {
    return usage(fmt::format("too few arguments: remaphore-fleet {}", usage_line(row)));
  }
  if (operands.size() > row.most) {
    return usage(fmt::format("too many arguments: remaphore-fleet {}", usage_line(row)));
  }
  options.operands = std::move(operands);
  return {};
}

Result<void> check_together(const Options& options) {
  const bool names_servers = options.command == Command::kInit || options.command == Command::kServers;
  if (names_servers && options.servers.empty()) {
    return usage(fmt::format("{} needs --server URL, where the nodes find the fleet's server",
                             options.command == Command::kInit ? "init" : "servers"));
  }
  if (options.command == Command::kGroups &&
      (options.operands.size() == 1 || (!options.operands.empty() && !options.remove.empty()))) {
    return usage("groups takes NAME MEMBER,MEMBER, or --remove NAME, or neither to show them");
  }
  if (!options.public_key.empty() && options.operands.size() != 1) {
    return usage("--public-key belongs to exactly one node");
  }
  return {};
}

}  // namespace

Result<Options> parse_command_line(std::span<const std::string_view> words) {
  Words rest(words);
  if (rest.empty()) return usage("no command");
  Options options;
  const std::string_view name = rest.take();
  if (name == "help") return options;
  if (const FlagRow* flag = name.starts_with('-') ? find_flag(name, Command::kHelp) : nullptr) {
    flag->set(options, {});
    return options;
  }
  const auto rows = command_table();
  const auto row = std::find_if(rows.begin(), rows.end(), [name](const CommandRow& one) { return one.name == name; });
  if (row == rows.end()) return usage(fmt::format("unknown command {}", quote_redacted(name)));
  options.command = row->command;

  std::vector<std::string> operands;
  bool only_operands = false;
  while (!rest.empty()) {
    const std::string_view word = rest.take();
    if (only_operands || !word.starts_with('-') || word == "-") {
      operands.emplace_back(word);
    } else if (word == "--") {
      only_operands = true;
    } else if (Result<void> parsed = parse_flag(word, rest, *row, options); !parsed) {
      return pass_on(parsed);
    } else if (options.command == Command::kHelp) {
      return Options{};
    }
  }
  if (Result<void> placed = place_operands(std::move(operands), *row, options); !placed) return pass_on(placed);
  if (Result<void> good = check_together(options); !good) return pass_on(good);
  return options;
}

std::span<const CommandRow> command_table() { return command_rows::kRows; }
std::span<const FlagRow> flag_table() { return flag_rows::kRows; }

std::string help() {
  std::string text = R"(usage: remaphore-fleet COMMAND ...

Creates and manages a fleet of remaphore nodes: keys, configs, credentials and the
config of the NATS server that connects them.

)";
  for (const CommandRow& row : command_rows::kRows) {
    text += fmt::format("  {:<32} {}\n", usage_line(row), row.help);
    for (const FlagRow& flag : flag_table()) {
      if (!flag.commands.has(row.command) || flag.commands.has_all(flag_rows::kEvery)) continue;
      const std::string names =
          fmt::format("{}--{}{}{}", flag.short_name.empty() ? "" : fmt::format("-{}, ", flag.short_name),
                      flag.long_name, flag.metavar.empty() ? "" : " ", flag.metavar);
      text += fmt::format("      {:<19} {}\n", names, flag.help);
    }
  }
  text += R"(
NODE is DESTINATION or DESTINATION=verb,verb: what the node may send. * is every
verb, nothing after the = none; default ping. A trailing ! makes a node send-only:
requests do not wait for it.

Every command takes --json: one JSON object per line instead of text.

exit status: 0 done, 1 a check failed, or some nodes were not changed or not reached,
2 usage or bad input, 3 failed
)";
  return text;
}

}  // namespace remaphore::fleet
