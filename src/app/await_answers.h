// The loop of a command that asks and acts on the answers as values (app/collect, app/survey); app/request prints them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/ask.h"
#include "base/time.h"
#include "core/config.h"
#include "ports/bus_ports.h"

namespace remaphore {

struct Gathered {
  std::vector<std::string> silent;  // destinations that were awaited and have not answered
  bool delivered = false;           // a server has taken the request; if not, the reason has been logged
};

struct GatherOptions {
  const SendOptions& request;
  Duration allow_skew;  // of the answers
  Duration timeout;     // from `request.started`; 0: none
};

// Sends the request and hands each genuine reply to `take`, which records or ignores it (app/ask.h). Ends when every
// node of `tracker` has answered, at the timeout, or at a stop signal.
Gathered await_answers(const GatherOptions& options, const Config& config, ReplyTracker& tracker, const BusPorts& ports,
                       const std::function<void(Ask&, const VerifiedReply&)>& take);

}  // namespace remaphore
