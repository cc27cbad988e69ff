#include "io/lookups.h"

#include <algorithm>
#include <utility>

namespace remaphore {

void Lookups::start(const std::string& host) {
  if (under_way_.contains(host)) return;
  if (under_way_.size() >= kMaxUnderWay) {
    const auto idle =
        std::find_if(under_way_.begin(), under_way_.end(), [](const auto& one) { return one.second.done(); });
    if (idle == under_way_.end()) return;
    under_way_.erase(idle);
  }
  under_way_.try_emplace(host, host, look_up_);
}

bool Lookups::done(const std::string& host) const {
  const auto found = under_way_.find(host);
  return found != under_way_.end() && found->second.done();
}

void Lookups::prepare(const std::string& host, PollSet& set) const {
  const auto found = under_way_.find(host);
  if (found != under_way_.end() && found->second.fd() >= 0) set.add(found->second.fd(), POLLIN);
}

Result<std::vector<SocketAddress>> Lookups::take(const std::string& host, std::uint16_t port) {
  const auto found = under_way_.find(host);
  auto addresses = found->second.take(port);
  under_way_.erase(found);
  return addresses;
}

}  // namespace remaphore
