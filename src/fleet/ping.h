// A ping to every peer, to see who answers and how far their clocks are from ours. It runs the listeners' commands.
#pragma once

#include "core/config.h"
#include "core/result.h"
#include "fleet/checklist.h"
#include "io/signals.h"

namespace remaphore::fleet {

// Notes a line for every peer. Errc::kUsage if no identity may send ping, kConnection if the ping could not be sent.
Result<void> ping_peers(const Config& config, Signals& signals, Checklist& list);

}  // namespace remaphore::fleet
