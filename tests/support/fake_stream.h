// A JetStream stream in memory that answers the requests of jetstream/request.h in the words of a real server.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "jetstream/request.h"
#include "jetstream/stream_config.h"

namespace remaphore::test {

class FakeStream {
 public:
  explicit FakeStream(jetstream::StreamConfig config, WallTime created)
      : config_(std::move(config)), created_(created) {}

  // A message published to the stream, with the headers that it looks at. nullopt: it does not keep the subject.
  struct Publication {
    std::string_view subject, data;
    std::string_view id = {};                             // Nats-Msg-Id
    std::optional<std::uint64_t> expected_sequence = {};  // Nats-Expected-Last-Subject-Sequence
    std::string headers = {};                             // the block as it is stored
    std::optional<std::uint64_t> expected_last = {};      // Nats-Expected-Last-Sequence
  };
  std::optional<std::string> take(const Publication& message, WallTime time);

  std::uint64_t store(std::string_view subject, std::string_view data, WallTime time, std::string headers = {});
  void forget(std::uint64_t sequence) { messages_.erase(sequence); }
  void forget_before(std::uint64_t sequence) { messages_.erase(messages_.begin(), messages_.lower_bound(sequence)); }
  void make_anew(WallTime created);
  std::uint64_t last() const { return last_; }
  const jetstream::StreamConfig& config() const { return config_; }
  jetstream::StreamConfig& config() { return config_; }

  std::string answer(const jetstream::Request& request) const;

 private:
  struct Message {
    std::string subject, data;
    WallTime time;
    std::string headers;  // the block
  };
  std::string info(std::string_view filter) const;
  std::uint64_t last_on(std::string_view subject) const;  // 0: none; may have wildcards
  std::uint64_t next_on(std::string_view subject, std::uint64_t sequence) const;

  jetstream::StreamConfig config_;
  WallTime created_;
  std::map<std::uint64_t, Message> messages_;
  std::map<std::string, std::uint64_t, std::less<>> ids_;  // of all messages, for ever
  std::uint64_t last_ = 0;
};

}  // namespace remaphore::test
