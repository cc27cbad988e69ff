// Compares a stream on a server with the fleet's definition of it. Pure. Settings that the fleet does not define are
// kept as the server describes them, so that an update changes nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/stream_config.h"

namespace remaphore::fleet {

// An answer from $JS.API.STREAM.{INFO,CREATE,UPDATE}.
struct StreamAnswer {
  enum class Kind {
    kStream,    // `config` describes it
    kNoStream,  // JetStream runs, but has none of this name
    kLater,     // the cluster has no leader yet, or too few servers
    kOff,       // JetStream is off for this account, or everywhere
    kRefused,   // any other error
    kMalformed,
  };
  Kind kind;
  std::string text = {};    // the server's words, quoted; of a kStream empty
  std::string config = {};  // its JSON
};
StreamAnswer read_stream_answer(std::string_view payload);

struct StreamChange {
  std::vector<std::string> changes;  // "max_age from 12h to 24h", in the order of the config
  std::vector<std::string> left;     // "max_msgs is 1000": differs, but the fleet does not say
  std::optional<std::string> fault;  // what no update can change: "it is kept in memory"
  std::string update;                // the body of the request; only if there are `changes` and no fault
};
// `config`: that of a kStream. The fleet defines what its streams depend on: subjects, age, size, copies and
// protection.
StreamChange compare_stream(const std::string& config, const jetstream::StreamConfig& wanted);

}  // namespace remaphore::fleet
