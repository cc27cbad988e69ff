// --count, --from, --any-status and --arrive: the barrier that a listener waits at.
#pragma once

#include <optional>
#include <string>

#include "app/publisher.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "core/config.h"
#include "core/filter.h"
#include "core/goal.h"

namespace remaphore {

struct BarrierOptions {
  Goal goal;
  std::optional<SendOptions> arrival;  // --arrive, without the payload; the identity points into `config`
};

// nullopt: no barrier. Errc::kUsage, also if more nodes must arrive than exist.
Result<std::optional<BarrierOptions>> barrier_options(const CommandLine& line, const Config& config);

// Why the barrier cannot be complete with these peers, for a notice: too few of its nodes may send what it waits for.
// Empty: it can.
std::string why_incomplete(const Goal& barrier, const Filter& filter, const Peers& peers);

}  // namespace remaphore
