// remaphore --who: asks the listeners of many nodes what they are doing, over one link, and collects their answers.
#pragma once

#include <string>
#include <vector>

#include "core/config.h"
#include "core/presence.h"
#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/poller.h"
#include "ports/workers.h"

namespace remaphore {

struct SurveyOptions {
  const Identity* identity;             // signs the questions
  std::string pattern = "**";           // whom the question is for; matches a configured peer
  std::vector<std::string> names = {};  // if there are any: a question to each of these configured nodes instead
  Duration timeout{};                   // for all questions together
};

// The ports of a survey; they must outlive the call.
struct SurveyPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  Log& log;
  Workers* workers = nullptr;  // for many signatures, and for a backlog of checks
};

struct Survey {
  struct Answer {
    std::string destination;  // as in our config
    Presence presence;
    Duration latency;
    Duration clock_offset;  // its clock minus ours, accurate to half the latency
  };
  std::vector<Answer> answers;      // in the order of arrival; a node may run several listeners
  std::vector<std::string> silent;  // destinations that were asked and have not answered
  std::size_t asked = 0;            // destinations
  bool delivered = false;           // a server has accepted a question; if not, the reason has been logged
};

// Ends when every node has answered, at the timeout or at a stop signal.
Survey survey(const SurveyOptions& options, const Config& config, const SurveyPorts& ports);

}  // namespace remaphore
