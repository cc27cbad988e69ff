// The look-ups in progress, by name. A name server may take longer than one connection attempt: the next attempt then
// waits for the same answer instead of asking again.
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
  // Concurrent look-ups, one thread each; further names wait until one is done. Names that are not from the config
  // cannot use up the room of the others.
  static constexpr std::size_t kMaxUnderWay = 16;
  static constexpr std::size_t kMaxAnnounced = 4;
  enum class Source { kConfig, kAnnounced };  // where the name comes from: a server may announce others

  explicit Lookups(Resolver::LookUp look_up = Resolver::ask_system) : look_up_(std::move(look_up)) {}

  // Starts one unless it is in progress. done() may be true at once.
  void start(const std::string& host, Source source = Source::kConfig);
  bool done(const std::string& host) const;
  // Wakes up when it is done.
  void prepare(const std::string& host, PollSet& set) const;
  // Once done; forgets it. Errc::kConnection, naming the host.
  Result<std::vector<SocketAddress>> take(const std::string& host, std::uint16_t port);
  // Drops all look-ups: answers that nobody took would be stale by the time they are needed again.
  void forget() { under_way_.clear(); }

 private:
  struct Entry {
    Resolver resolver;
    Source source;
  };
  bool make_room(Source source);

  Resolver::LookUp look_up_;
  std::map<std::string, Entry> under_way_;
};

}  // namespace remaphore
