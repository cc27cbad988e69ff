// A ping to every peer, to see who answers and how far their clocks are from ours. It runs the listeners' commands.
#pragma once

#include "check/checklist.h"
#include "core/config.h"
#include "io/signals.h"

namespace remaphore {

// Notes a line for every peer, or why no ping was sent.
void ping_peers(const Config& config, Signals& signals, Checklist& list);

}  // namespace remaphore
