// From a server's name to a connected socket: the name is resolved, its addresses are tried in turn, each for its share
// of the time there is. Never blocks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/server_address.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/resolver.h"
#include "ports/clock.h"

namespace remaphore {

class Dialer {
 public:
  // Starts. done() may be true at once. The clock outlives it.
  Dialer(const ServerAddress& server, MonotonicTime deadline, const Clock& clock);

  void prepare(PollSet& set) const;
  void dispatch(const PollSet& set);

  bool done() const { return outcome_.has_value(); }
  // Once done: the socket, non-blocking; or Errc::kConnection, naming the server and what became of its last address.
  Result<Descriptor> take() { return std::move(*outcome_); }
  // Once done: the server has spoken already.
  bool has_greeting() const { return has_greeting_; }

 private:
  void resolved();
  void try_next();
  void failed(std::string why);
  void connected(bool has_greeting);

  const Clock& clock_;
  const std::string where_;
  const MonotonicTime deadline_;
  std::optional<Resolver> resolver_;      // until it is done
  std::vector<SocketAddress> addresses_;  // not tried yet
  Descriptor socket_;                     // on its way to the last one tried
  MonotonicTime socket_ends_{};
  bool has_greeting_ = false;
  std::optional<Result<Descriptor>> outcome_;
};

}  // namespace remaphore
