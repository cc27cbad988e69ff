// Which server to try next, and after what pause. Pure: time and randomness come from the caller.
//
// A round is every server of the config, in order, and one of those that servers have announced: an unreachable
// announced address must not keep us from the configured servers for long. After a failed round comes
// a pause that grows from kFirstPause to kLongestPause, jittered so that a fleet does not reconnect all at once.
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
  static constexpr Duration kFirstAttempt = std::chrono::seconds(2);            // doubles with each failed round
  static constexpr Duration kShortestAttempt = std::chrono::milliseconds(250);  // enough for a distant server, with TLS
  static constexpr Duration kLongestAttempt = std::chrono::seconds(10);

  // `configured` is not empty. A refusal of our credentials is final once every configured server has refused them
  // `refusals` times in a row.
  ServerList(std::vector<ServerAddress> configured, unsigned refusals);

  const ServerAddress& current() const { return servers_[index_].address; }
  // Whether the current server is from the config, not announced by a server: its user and password are sent to it
  // alone.
  bool current_is_configured() const { return servers_[index_].configured; }
  // The name that the current one's certificate must hold: its host, or that of the configured server it is known by.
  const std::string& tls_name() const { return servers_[index_].tls_name; }
  bool has_others() const { return servers_.size() > 1; }

  // host:port of all servers that the current one announces; malformed and excess ones are skipped. Servers announced
  // before and not any more are forgotten: cluster addresses come and go. `over_tls`: announced inside TLS, which
  // is then required of them, too.
  void learn(const std::vector<std::string>& urls, bool over_tls);

  // How long one of the `addresses` of the current server may take to answer. With `whole`, the time available for
  // everything (0: no limit), each configured server gets its share of it in the first round, with a little left to
  // report who did not answer; but at least kShortestAttempt, so that many addresses may use it up.
  Duration attempt_timeout(Duration whole = Duration(0), std::size_t addresses = 1) const;

  void refused() { ++servers_[index_].refusals; }
  void accepted();  // by any server: clears the count of refusals
  bool refused_everywhere() const;

  // A link lasted for a while: restarts the count of rounds, so that the next servers are tried at once.
  void held();

  // Moves to the next server and returns how long to wait before trying it; `random` is uniform.
  Duration advance(std::uint16_t random);

 private:
  struct Server {
    ServerAddress address;
    std::string tls_name;
    bool configured;
    unsigned refusals = 0;
    bool tried = false;  // in this round
    unsigned turns = 0;  // so far, of an announced server
  };
  std::optional<std::size_t> next_configured() const;
  std::optional<std::size_t> next_announced() const;
  void begin_round();

  std::vector<Server> servers_;  // the configured ones first
  std::size_t configured_;       // how many
  unsigned refusals_;
  std::size_t index_ = 0;
  bool announced_had_its_turn_ = false;  // in this round
  unsigned round_ = 0;                   // failed so far
  bool was_up_ = false;                  // the current one, until now: it does not count as a failed attempt
};

}  // namespace remaphore::nats
