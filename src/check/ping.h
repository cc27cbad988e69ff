// Presence: queries every peer's listeners, as --who does, and shows how far their clocks are from ours. Runs no
// command.
#pragma once

#include "check/checklist.h"
#include "core/config.h"
#include "io/signals.h"

namespace remaphore {

// Adds a line for every listener that answers and every peer that is silent, or says why nobody was asked.
void ping_peers(const Config& config, Signals& signals, Checklist& list);

}  // namespace remaphore
