// One request, and its answers as values for a caller that acts on them; app/request.h prints them instead.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/publisher.h"
#include "core/config.h"
#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/poller.h"
#include "ports/workers.h"

namespace remaphore {

// The ports; they must outlive the call.
struct CollectPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  Log& log;
  Workers* workers = nullptr;  // for a backlog of signature checks
};

struct Collected {
  struct Answer {
    std::string destination;  // as in our config
    std::string public_key;   // base58, that it is signed with
    std::int64_t exit_status;
    std::string output;
  };
  std::vector<Answer> answers;      // in the order of arrival
  std::vector<std::string> silent;  // destinations that were awaited and have not answered
  bool delivered = false;           // a server has taken the request; if not, the reason has been logged
};

// Ends when every awaited node has answered (core/reply_tracker.h), at the timeout (Publisher::kDefaultTimeout; 0: none)
// or at a stop signal.
Collected collect(const SendOptions& options, const Config& config, const CollectPorts& ports);

}  // namespace remaphore
