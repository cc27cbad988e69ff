// Which server to try next, and after what pause. Pure: time and randomness come from the caller.
//
// Servers are tried in the configured order, then the others that the servers themselves have named. A round in vain is
// followed by a pause that grows from kFirstPause to kLongestPause, jittered so that a fleet does not come back at
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/server_address.h"

namespace remaphore::nats {

class ServerList {
 public:
  static constexpr std::size_t kMaxServers = 128;
  static constexpr Duration kFirstPause = std::chrono::milliseconds(50);
  static constexpr Duration kLongestPause = std::chrono::seconds(2);
  static constexpr Duration kFirstAttempt = std::chrono::seconds(2);            // doubles with each round in vain
  static constexpr Duration kShortestAttempt = std::chrono::milliseconds(250);  // far away, with TLS
  static constexpr Duration kLongestAttempt = std::chrono::seconds(10);

  // `configured` is not empty. Credentials are refused for good once every configured server has refused them
  // `refusals` times in a row.
  ServerList(std::vector<ServerAddress> configured, unsigned refusals);

  const ServerAddress& current() const { return servers_[index_].address; }
  // Named by the config, not by a server: its user and password are for it alone.
  bool current_is_configured() const { return servers_[index_].configured; }
  bool has_others() const { return servers_.size() > 1; }

  // host:port of all servers that the current one names; what is malformed or too many is passed over. Servers learned
  // before and not named any more are forgotten: addresses of a cluster come and go.
  void learn(const std::vector<std::string>& urls);

  // How long the current one may take to answer. With `whole`, the time that there is for everything (0: no bound), each
  // server of the first round gets its share of it, with a little left to say who did not answer; at least
  // kShortestAttempt all the same, so that many servers may use it up.
  Duration attempt_timeout(Duration whole = Duration(0)) const;

  void refused() { ++servers_[index_].refusals; }
  void accepted();  // by any server: refusals are forgotten
  bool refused_everywhere() const;

  // A link held for a while: the rounds are counted anew, so that the next servers are tried at once.
  void held() {
    tried_ = round_ = 0;
    was_up_ = true;
  }

  // Moves to the next server. How long to wait before trying it; `random` is uniform.
  Duration advance(std::uint16_t random);

 private:
  struct Server {
    ServerAddress address;
    bool configured;
    unsigned refusals = 0;
  };
  std::vector<Server> servers_;
  unsigned refusals_;
  std::size_t index_ = 0;
  std::size_t tried_ = 0;  // in this round
  unsigned round_ = 0;     // in vain, so far
  bool was_up_ = false;    // the current one, until now: it does not count as tried in vain
};

}  // namespace remaphore::nats
