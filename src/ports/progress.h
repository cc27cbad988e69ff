// Observes a request that waits for answers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/peers.h"

namespace remaphore {

class Progress {
 public:
  virtual ~Progress() = default;
  // The request was sent, and these peers are awaited until `timeout` (-t; nullopt: for ever). Called again, to start
  // over, if the request has to be sent again. The peers stay valid until the last call.
  virtual void asked(const std::vector<const Peer*>& awaited, std::optional<Duration> timeout) = 0;
  // The request asks in rounds (--batch): `names` are asked now, in round `number` (1 to `count`), those of later
  // rounds later. The first call follows asked().
  virtual void round(std::size_t number, std::size_t count, std::span<const std::string> names) = 0;
  // An answer, first or further, from any peer that was asked, awaited or not. Latency: since asked().
  virtual void answered(const Peer& peer, std::string_view exit_status, Duration latency) = 0;
  // The last call: no more answers are accepted. `enough`: --require is met, and silent peers are not a failure.
  virtual void ended(bool enough) = 0;
};

}  // namespace remaphore
