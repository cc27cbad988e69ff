// The targets of a message of -s or -r: -D, --nodes and --limit, resolved against the config's peers. remaphore(1)
// "Targets".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"
#include "cli/session.h"
#include "core/config.h"
#include "core/message.h"
#include "core/target_list.h"
#include "ports/log.h"

namespace remaphore {

struct Targets {
  // One message with this pattern. nullopt: one to each name, as always with --limit and --batch.
  std::optional<std::string> pattern;
  // The configured nodes that it is for. With a pattern there may be none; a send has them only to show them.
  std::vector<std::string> names;
};

// One message to every node, as at a barrier.
Targets everybody(const Config& config);

// The peers and our own node, which need not be one of them.
Peers with_ourselves(const Config& config, const Identity& identity);

// The exact names that a list resolves to. This node's own, as in a group that is the same on all nodes, is left out
// with a notice where it is not a peer. Errc::kUsage, naming what is wrong.
Result<std::vector<std::string>> names_of(const TargetList& list, const Config& config, Log& log);

// The targets of `mode`, -s or -r. `nodes`: the text of --nodes. A request leaves out nodes whose answer would not be
// awaited, with a notice: those that are send_only, and this one if there are others. Errc::kUsage, naming what is
// wrong.
Result<Targets> targets_of(const CommandLine& line, Mode mode, const Config& config,
                           const std::optional<std::string>& nodes, Log& log);

// --nodes, if it is given: the text of the file or of standard input.
Result<std::optional<std::string>> fetch_nodes(const CommandLine& line, const Session& session);

// The verbs that the config wants confirmed: asks on the terminal, unless --yes is given. Errc::kUsage: there is no
// terminal, or the answer is no.
Result<void> confirm_targets(const CommandLine& line, const Config& config, const Message& message,
                             const Targets& targets, const Session& session);

}  // namespace remaphore
