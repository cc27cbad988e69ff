// One question to one NATS server: can a node with this config work there?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/config.h"
#include "core/server_address.h"
#include "io/nats_options.h"
#include "io/signals.h"
#include "jetstream/answer.h"

namespace remaphore {

// The config's settings, but with these of its servers.
NatsOptions probe_options(const Config& config, std::vector<ServerAddress> servers);

// What the node's token lets it query.
enum class StreamRights {
  kNone,     // nothing: the fleet keeps nothing, or the credentials are older than that
  kAllowed,  // anything: whether messages should be kept is not known
  kGranted,  // the streams: the fleet says that they are kept
};

struct Probe {
  Duration round_trip{};                                          // of a PING once logged in
  std::optional<std::string> may_not_subscribe, may_not_publish;  // the server's error
  std::int64_t certificate_expires = 0;                           // Unix seconds; 0: no TLS
  std::vector<std::string> passed_over;                           // why each unusable address of its name failed
  std::string server_id, cluster;                                 // what it calls itself; no cluster: empty
  std::optional<jetstream::Answer<jetstream::StreamInfo>> messages, locks;  // the streams, if they were asked for
};

// Logs in, subscribes to the broadcast and a reply subject, and publishes zero bytes to `<subject>.<random hex>`, on
// which no node acts. Errc::kConfig if the server refuses the credentials, kConnection if there is no link within
// `timeout`, or at a signal. Asks for the fleet's streams, too, if there are `rights` to them.
Result<Probe> probe_server(const ServerAddress& server, const Config& config, StreamRights rights, Signals& signals,
                           Duration timeout);

}  // namespace remaphore
