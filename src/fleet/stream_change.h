// Compares a stream on a server with the fleet's definition of it. Pure. Settings that the fleet does not define are
// kept as the server describes them, so that an update changes nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/answer.h"
#include "jetstream/stream_config.h"

namespace remaphore::fleet {

// The config of the stream, as JSON, from an answer of $JS.API.STREAM.{INFO,CREATE,UPDATE}.
jetstream::Answer<std::string> read_stream_config(std::string_view payload);

struct StreamChange {
  std::vector<std::string> changes;  // "max_age from 12h to 24h", in the order of the config
  std::vector<std::string> left;     // "max_msgs is 1000": differs, but the fleet does not say
  std::optional<std::string> fault;  // what no update can change: "it is kept in memory"
  std::string update;                // the body of the request; only if there are `changes` and no fault
};
// `config`: as read_stream_config() gives it. The fleet defines what its streams depend on: subjects, age, size, copies
// and protection.
StreamChange compare_stream(const std::string& config, const jetstream::StreamConfig& wanted);

}  // namespace remaphore::fleet
