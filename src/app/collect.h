// One request, and its answers as values for a caller that acts on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/await_answers.h"
#include "app/publisher.h"
#include "core/config.h"

namespace remaphore {

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

// Ends when every awaited node has answered (core/reply_tracker.h), at the timeout (Publisher::kDefaultTimeout; 0:
// none) or at a stop signal.
Collected collect(const SendOptions& options, const Config& config, const BusPorts& ports);

}  // namespace remaphore
