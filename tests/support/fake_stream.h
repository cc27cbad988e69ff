// A JetStream stream in memory, which answers what jetstream/request.h asks in the words of a real server.
#pragma once

#include <cstdint>
#include <map>
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

  std::uint64_t store(std::string_view subject, std::string_view data, WallTime time);
  void forget(std::uint64_t sequence) { messages_.erase(sequence); }
  void forget_before(std::uint64_t sequence) { messages_.erase(messages_.begin(), messages_.lower_bound(sequence)); }
  void make_anew(WallTime created);
  std::uint64_t last() const { return last_; }

  std::string answer(const jetstream::Request& request) const;

 private:
  struct Message {
    std::string subject, data;
    WallTime time;
  };
  std::string info() const;

  jetstream::StreamConfig config_;
  WallTime created_;
  std::map<std::uint64_t, Message> messages_;
  std::uint64_t last_ = 0;
};

}  // namespace remaphore::test
