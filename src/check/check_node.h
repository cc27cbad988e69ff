// Is the node of this config ready? Its files, keys and credentials, then its servers: a line for each question.
#pragma once

#include <string>

#include "check/checklist.h"
#include "io/signals.h"

namespace remaphore {

// Asks the questions that can be asked, into `list`. Sends no message that a node would act on, except, with `ping`, a
// ping to all peers. Comes back early at a stop signal.
void check_node(const std::string& config_path, bool ping, Signals& signals, Checklist& list);

}  // namespace remaphore
