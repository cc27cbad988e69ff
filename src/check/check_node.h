// Is the node of this config ready? Checks its files, keys and credentials, then its servers, with a line for each
// question.
#pragma once

#include <string>

#include "check/checklist.h"
#include "io/signals.h"

namespace remaphore {

enum class CheckScope {
  kNode,
  kNodeAndPeers,  // also queries all peers, as --who does
};

// Makes all checks that are possible, into `list`. Sends no message that a node would act on. Returns early at a stop
// signal.
void check_node(const std::string& config_path, CheckScope scope, Signals& signals, Checklist& list);

}  // namespace remaphore
