// Prepares the start of a core/command: its words in the form that io/spawn.h needs, and the meaning of a failure.
#pragma once

#include <vector>

#include "core/command.h"
#include "io/spawn.h"

namespace remaphore {

// Ends in nullptr, and points into the command and our environment. Nothing writes to the strings.
using Words = std::vector<char*>;

Words arguments_of(const Command& command);
// Its own, and the inherited ones except REMAPHORE_*.
Words environment_of(const Command& command);
// Its own, and the inherited ones that it does not set itself.
Words environment_beside(const Command& command);

StartFailure start_failure(const Command& command, const SpawnFailure& failure);

}  // namespace remaphore
