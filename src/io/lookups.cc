#include "io/lookups.h"

#include <algorithm>
#include <utility>

namespace remaphore {

// Drops a finished look-up that nobody has taken, if necessary. False: all are still in progress.
bool Lookups::make_room(Source source) {
  const bool announced = source == Source::kAnnounced;
  const auto competes = [&](const Entry& entry) { return !announced || entry.source == Source::kAnnounced; };
  const auto count = static_cast<std::size_t>(
      std::count_if(under_way_.begin(), under_way_.end(), [&](const auto& one) { return competes(one.second); }));
  if (count < (announced ? kMaxAnnounced : kMaxUnderWay)) return true;
  const auto idle = std::find_if(under_way_.begin(), under_way_.end(),
                                 [&](const auto& one) { return one.second.resolver.done() && competes(one.second); });
  if (idle == under_way_.end()) return false;
  under_way_.erase(idle);
  return true;
}

void Lookups::start(const std::string& host, Source source) {
  if (!under_way_.contains(host) && make_room(source)) {
    under_way_.emplace(host, Entry{Resolver(host, look_up_), source});
  }
}

bool Lookups::done(const std::string& host) const {
  const auto found = under_way_.find(host);
  return found != under_way_.end() && found->second.resolver.done();
}

void Lookups::prepare(const std::string& host, PollSet& set) const {
  const auto found = under_way_.find(host);
  if (found != under_way_.end() && found->second.resolver.fd() >= 0) set.add(found->second.resolver.fd(), POLLIN);
}

Result<std::vector<SocketAddress>> Lookups::take(const std::string& host, std::uint16_t port) {
  const auto found = under_way_.find(host);
  auto addresses = found->second.resolver.take(port);
  under_way_.erase(found);
  return addresses;
}

}  // namespace remaphore
