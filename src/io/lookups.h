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
  static constexpr std::size_t kMaxUnderWay = 16;  // a thread each; the next name has to wait until one is done

  explicit Lookups(Resolver::LookUp look_up = Resolver::ask_system) : look_up_(std::move(look_up)) {}

  // Unless it is under way. done() may be true at once.
  void start(const std::string& host);
  bool done(const std::string& host) const;
  // Wakes up when it is done.
  void prepare(const std::string& host, PollSet& set) const;
  // Once done; forgets it. Errc::kConnection, naming the host.
  Result<std::vector<SocketAddress>> take(const std::string& host, std::uint16_t port);
  // What was answered and not taken would be old when it is needed again.
  void forget() { under_way_.clear(); }

 private:
  Resolver::LookUp look_up_;
  std::map<std::string, Resolver> under_way_;
};

}  // namespace remaphore
