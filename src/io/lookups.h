// The look-ups that are under way, by name. A name server may take longer than a try to connect is worth: its answer is
// then awaited by the next try, and nobody asks twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/event_loop.h"
#include "io/resolver.h"

namespace remaphore {

class Lookups {
 public:
  // At a time, a thread each; the next name has to wait until one is done. Those that a stranger named cannot use up the
  // others' room.
  static constexpr std::size_t kMaxUnderWay = 16;
  static constexpr std::size_t kMaxStrangers = 4;

  explicit Lookups(Resolver::LookUp look_up = Resolver::ask_system) : look_up_(std::move(look_up)) {}

  // Unless it is under way. done() may be true at once. `stranger`: the name is not from the config.
  void start(const std::string& host, bool stranger = false);
  bool done(const std::string& host) const;
  // Wakes up when it is done.
  void prepare(const std::string& host, PollSet& set) const;
  // Once done; forgets it. Errc::kConnection, naming the host.
  Result<std::vector<SocketAddress>> take(const std::string& host, std::uint16_t port);
  // What was answered and not taken would be old when it is needed again.
  void forget() { under_way_.clear(); }

 private:
  struct One {
    Resolver resolver;
    bool stranger;
  };
  bool make_room(bool stranger);

  Resolver::LookUp look_up_;
  std::map<std::string, One> under_way_;
};

}  // namespace remaphore
