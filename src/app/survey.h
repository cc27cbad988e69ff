// remaphore --who: asks the listeners of many nodes what they are doing, over one link, and collects their answers.
#pragma once

#include <string>
#include <vector>

#include "app/await_answers.h"
#include "core/config.h"
#include "core/presence.h"

namespace remaphore {

struct SurveyOptions {
  const Identity* identity;             // signs the questions
  std::string pattern = "**";           // whom the question is for; matches a configured peer
  std::vector<std::string> names = {};  // if there are any: a question to each of these configured nodes instead
  Duration timeout{};                   // for all questions together
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
Survey survey(const SurveyOptions& options, const Config& config, const BusPorts& ports);

}  // namespace remaphore
