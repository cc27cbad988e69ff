#include "cli/option_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace remaphore {
namespace {

constexpr Option kOptions[] = {
    {OptionId::kSend, "s", "send", "", "send the message and exit once the server has it"},
    {OptionId::kRequest, "r", "request", "", "send the message and print every addressed node's answer"},
    {OptionId::kExampleConfig, "C", "example-config", "", "print an example config with a fresh key pair"},
    {OptionId::kCheck, "", "check", "", "is this node ready? one line per question, exit 1 if it is not"},
    {OptionId::kPing, "", "ping", "", "with --check: send a ping too; it runs the listeners' commands"},
    {OptionId::kConfig, "c", "config", "FILE", "config file, default /etc/remaphore/remaphore.conf"},
    {OptionId::kSubject, "S", "subject", "SUBJ", "last part of the NATS subject, default all"},
    {OptionId::kDestination, "D", "destination", "PAT", "sending: who is meant, default **; receiving: stand for PAT"},
    {OptionId::kAnyDestination, "d", "any-destination", "", "receive whatever the destination"},
    {OptionId::kPublicKey, "p", "public-key", "KEY", "sending: identity to use; receiving: only this sender"},
    {OptionId::kUuid, "u", "uuid", "TEXT", "name of the message; receiving: only this one, implies -o"},
    {OptionId::kVerb, "v", "verb", "VERB", "verb, default ping; receiving: only these, separated by commas"},
    {OptionId::kOnce, "o", "once", "", "receive one matching message and exit"},
    {OptionId::kExitStatus, "", "exit-status", "", "with -o and a command: exit with the command's exit status"},
    {OptionId::kTimeout, "t", "timeout", "DUR", "bound on the whole operation, like 90s or 1h30m; 0: none"},
    {OptionId::kRequire, "", "require", "COUNT", "with -r: how many have to succeed: all, a number or a percentage"},
    {OptionId::kGather, "", "gather", "", "with -r: print equal answers once, under the list of their nodes"},
    {OptionId::kJobs, "", "jobs", "N", "receiving: run up to N commands at a time, default 1: one after the other"},
    {OptionId::kScriptTimeout, "", "script-timeout", "DUR",
     "receiving: end a command after DUR; its exit status is 124"},
    {OptionId::kPayloadStdin, "", "payload-stdin", "", "receiving: the payload is the command's standard input"},
    {OptionId::kState, "", "state", "DIR", "receiving: remember in DIR what was received, across restarts"},
    {OptionId::kAudit, "", "audit", "FILE", "receiving: append a JSON line per verified message to FILE"},
    {OptionId::kReadyFile, "", "ready-file", "FILE", "receiving: make FILE once subscribed, remove it at the end"},
    {OptionId::kReadyFd, "", "ready-fd", "N", "receiving: write a newline to descriptor N once subscribed"},
    {OptionId::kStdin, "", "stdin", "", "sending: the payload is standard input"},
    {OptionId::kPayloadFile, "", "payload-file", "FILE", "sending: the payload is FILE's content"},
    {OptionId::kProgress, "", "progress", "WHEN",
     "requesting: show who has answered; auto: on a terminal (default), never"},
    {OptionId::kJson, "", "json", "", "print JSON, one object a line, errors too"},
    {OptionId::kQuiet, "q", "quiet", "", "only errors and Ready on standard error"},
    {OptionId::kVerbose, "", "verbose", "", "say why messages are ignored"},
    {OptionId::kHelp, "h", "help", "", "print this and exit"},
    {OptionId::kVersion, "", "version", "", "print the version and exit"},
};
static_assert(std::size(kOptions) == kOptionCount);

constexpr std::string_view kUsage =
    R"(usage: remaphore -s [options] [message ...]        send and forget
       remaphore -r [options] [message ...]        send, collect the replies
       remaphore    [options] [command [arg ...]]  receive, optionally run a command per message
       remaphore -C                                print an example config with a fresh key pair
       remaphore --check [-c file] [--ping]        is this node ready?

)";

}  // namespace

std::span<const Option> option_table() { return kOptions; }

const Option* find_option(std::string_view name) {
  const auto named = [name](const Option& option) {
    return !name.empty() && (option.short_name == name || option.long_name == name);
  };
  const auto found = std::find_if(std::begin(kOptions), std::end(kOptions), named);
  return found == std::end(kOptions) ? nullptr : found;
}

std::string help_text() {
  std::string text(kUsage);
  for (const Option& option : kOptions) {
    const std::string names =
        fmt::format("{}--{}{}{}", option.short_name.empty() ? "    " : fmt::format("-{}, ", option.short_name),
                    option.long_name, option.takes_value() ? " " : "", option.metavar);
    text += fmt::format("  {:<28} {}\n", names, option.help);
  }
  text +=
      "\nexit status: 0 done, 1 nothing received in time, 2 usage or config, 3 connection or runtime failure,\n"
      "             with --require: 4 too few have answered, 5 all have answered but commands failed\n";
  return text;
}

}  // namespace remaphore
