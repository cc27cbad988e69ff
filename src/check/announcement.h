// An announcement to all nodes: a message that the stream keeps for nodes that join later, then a request that shows
// which nodes have it. Each has its own payload, because a node may refuse one that it has seen before.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "app/collect.h"
#include "base/result.h"
#include "base/time.h"
#include "core/config.h"
#include "io/nats_options.h"
#include "io/signals.h"

namespace remaphore {

struct AnnouncementOptions {
  static constexpr Duration kDefaultTimeout = std::chrono::seconds(10);

  std::string verb;
  std::string kept, asked;  // the payloads
  Duration timeout{};       // of the whole; 0: until all have answered
};

struct Announcement {
  std::optional<std::uint64_t> sequence;  // in the stream, if it is kept
  std::string why_not;                    // else
  Collected collected;                    // what the nodes have answered
};

// Signed with the config's default identity. `login` makes the options of a link, once for each of the two messages.
// Errc::kConnection if no server accepts the request; if it is larger than max_payload, the reason has both sizes.
Result<Announcement> announce(const AnnouncementOptions& options, const Config& config,
                              const std::function<NatsOptions()>& login, Signals& signals);

}  // namespace remaphore
