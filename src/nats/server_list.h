// Which server to try next, and after what pause. Pure: time and randomness come from the caller.
//
// A round is every server of the config, in its order, and one of those that the servers themselves have named: an
// address that cannot be reached from here must not keep us from the config's for long. A round in vain is followed by
// a pause that grows from kFirstPause to kLongestPause, jittered so that a fleet does not come back at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
  // Whom the current one's certificate has to name: its host, or that of the config's server through which it is known.
  const std::string& tls_name() const { return servers_[index_].tls_name; }
  bool has_others() const { return servers_.size() > 1; }

  // host:port of all servers that the current one names; what is malformed or too many is passed over. Servers learned
  // before and not named any more are forgotten: addresses of a cluster come and go. `over_tls`: said inside TLS, which
  // is demanded of them, too.
  void learn(const std::vector<std::string>& urls, bool over_tls);

  // How long one of the `addresses` of the current one may take to answer. With `whole`, the time that there is for
  // everything (0: no bound), each server of the config gets its share of it in the first round, with a little left to
  // say who did not answer; at least kShortestAttempt all the same, so that many addresses may use it up.
  Duration attempt_timeout(Duration whole = Duration(0), std::size_t addresses = 1) const;

  void refused() { ++servers_[index_].refusals; }
  void accepted();  // by any server: refusals are forgotten
  bool refused_everywhere() const;

  // A link held for a while: the rounds are counted anew, so that the next servers are tried at once.
  void held();

  // Moves to the next server. How long to wait before trying it; `random` is uniform.
  Duration advance(std::uint16_t random);

 private:
  struct Server {
    ServerAddress address;
    std::string tls_name;
    bool configured;
    unsigned refusals = 0;
    bool tried = false;  // in this round
    unsigned turns = 0;  // of one that is not configured, so far
  };
  std::optional<std::size_t> next_configured() const;
  std::optional<std::size_t> next_announced() const;
  void begin_round();

  std::vector<Server> servers_;  // the configured ones first
  std::size_t configured_;       // how many
  unsigned refusals_;
  std::size_t index_ = 0;
  bool announced_had_its_turn_ = false;  // in this round
  unsigned round_ = 0;                   // in vain, so far
  bool was_up_ = false;                  // the current one, until now: it does not count as tried in vain
};

}  // namespace remaphore::nats
