// Who is told how a request goes, to show it to a person while it waits.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/peers.h"

namespace remaphore {

class Progress {
 public:
  virtual ~Progress() = default;
  // The request went out, and these are awaited (-t; nullopt: for ever); again, from the beginning, if it has to be
  // sent anew. The peers outlive this object's other calls.
  virtual void asked(const std::vector<const Peer*>& awaited, std::optional<Duration> timeout) = 0;
  // An answer of any peer that was asked, awaited or not, the first or a further one. Latency: since asked().
  virtual void answered(const Peer& peer, std::string_view exit_status, Duration latency) = 0;
  // No answer will be taken any more. `enough`: what was required is there, and nobody is missed. The last call.
  virtual void ended(bool enough) = 0;
};

}  // namespace remaphore
