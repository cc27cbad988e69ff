#include "cli/mode_table.h"

#include "cli/check_mode.h"
#include "cli/listen_mode.h"
#include "cli/lock_mode.h"
#include "cli/locks_mode.h"
#include "cli/request_mode.h"
#include "cli/send_mode.h"
#include "cli/text_modes.h"
#include "cli/who_mode.h"

namespace remaphore {
namespace {

constexpr const Option* selector(OptionRef option) { return &option.row(); }

constexpr ModeRow kModes[] = {
    {Mode::kSend, selector("send"), "-s", Operands::kMessage, Overrules::kNothing, "-s [options] [message ...]",
     "send a message", run_sender},
    {Mode::kRequest, selector("request"), "-r", Operands::kMessage, Overrules::kNothing, "-r [options] [message ...]",
     "send a message, collect the replies", run_requester},
    {Mode::kReceive, nullptr, "receiving", Operands::kCommand, Overrules::kNothing, "   [options] [command [arg ...]]",
     "receive, optionally run a command per message", run_listener},
    {Mode::kExampleConfig, selector("example-config"), "-C", Operands::kIgnored, Overrules::kGoFlags, "-C",
     "print an example config with a fresh key pair", print_example_config},
    {Mode::kCheck, selector("check"), "--check", Operands::kNone, Overrules::kNothing, "--check [options]",
     "is this node ready?", run_check},
    {Mode::kWho, selector("who"), "--who", Operands::kNone, Overrules::kNothing, "--who [options]",
     "show which listeners are running and what they do", run_who},
    {Mode::kLock, selector("lock"), "--lock", Operands::kCommand, Overrules::kNothing,
     "--lock name [options] [command ...]", "hold a lock while a command runs", run_lock},
    {Mode::kLocks, selector("locks"), "--locks", Operands::kOptionalName, Overrules::kNothing,
     "--locks [options] [name]", "list lock holders and waiters", run_locks},
    {Mode::kBreak, selector("break"), "--break", Operands::kNone, Overrules::kNothing, "--break name/ticket [options]",
     "evict a holder or a waiter", run_break},
    {Mode::kHelp, selector("help"), "-h", Operands::kIgnored, Overrules::kEverything, "", "", print_help},
    {Mode::kVersion, selector("version"), "--version", Operands::kIgnored, Overrules::kEverything, "", "",
     print_version},
};

}  // namespace

std::span<const ModeRow> mode_table() { return kModes; }

}  // namespace remaphore
