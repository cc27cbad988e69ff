// The configuration of a JetStream stream, as in its API (NATS documentation, "JetStream wire API Reference").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace remaphore::jetstream {

struct StreamConfig {
  enum class Discard { kOld, kNew };  // what a full stream drops: its oldest message, or the new one

  std::string name;
  std::vector<std::string> subjects;
  Discard discard = Discard::kOld;
  Duration max_age{};                          // 0: messages do not age
  std::int64_t max_bytes = -1;                 // -1: no bound
  std::int64_t max_messages = -1;              // -1: no limit
  std::int64_t max_messages_per_subject = -1;  // -1: no limit
  std::int64_t max_message_size = -1;          // bytes; -1: no limit
  Duration duplicate_window = std::chrono::minutes(2);
  std::int64_t replicas = 1;
  bool file_storage = true;
  bool allow_direct = false;
  bool deny_delete = true, deny_purge = true;

  bool operator==(const StreamConfig&) const = default;
};

// What it keeps, for people: "keeps WHAT for 24h, at most 64 MiB, on 3 servers".
std::string describe(const StreamConfig& config, std::string_view what);

// The body of a request to create or change the stream. Every server since 2.9.10 accepts it.
std::string config_json(const StreamConfig& config);

}  // namespace remaphore::jetstream
