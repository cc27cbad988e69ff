#include "nats/server_list.h"

#include <algorithm>
#include <utility>

namespace remaphore::nats {

ServerList::ServerList(std::vector<ServerAddress> configured, unsigned refusals) : refusals_(refusals) {
  for (ServerAddress& address : configured) servers_.push_back({std::move(address), true});
}

void ServerList::learn(const std::vector<std::string>& urls) {
  for (std::size_t i = servers_.size(); i-- > 0;) {
    if (servers_[i].configured || i == index_) continue;
    servers_.erase(servers_.begin() + static_cast<std::ptrdiff_t>(i));
    if (i < index_) --index_;
  }
  for (const std::string& url : urls) {
    auto address = parse_server_address(url);
    if (!address || servers_.size() >= kMaxServers) continue;
    address->tls = current().tls;
    const auto known = [&](const Server& one) {
      return one.address.host == address->host && one.address.port == address->port;
    };
    if (std::none_of(servers_.begin(), servers_.end(), known)) servers_.push_back({std::move(*address), false});
  }
}

Duration ServerList::attempt_timeout(Duration whole) const {
  const Duration longest = std::min(kLongestAttempt, kFirstAttempt * (1 << std::min(round_, 3u)));
  if (whole.count() == 0 || round_ > 0) return longest;
  const Duration share = whole / static_cast<std::int64_t>(servers_.size());
  return std::clamp(share - share / 50, kShortestAttempt, longest);
}

void ServerList::accepted() {
  for (Server& server : servers_) server.refusals = 0;
}

bool ServerList::refused_everywhere() const {
  return std::all_of(servers_.begin(), servers_.end(),
                     [this](const Server& server) { return !server.configured || server.refusals >= refusals_; });
}

Duration ServerList::advance(std::uint16_t random) {
  index_ = (index_ + 1) % servers_.size();
  if (std::exchange(was_up_, false) || ++tried_ < servers_.size()) return Duration(0);
  tried_ = 0;
  const Duration pause = std::min(kLongestPause, kFirstPause * (1 << std::min(round_, 6u)));
  ++round_;
  return pause / 2 + pause / 2 * random / 65536;
}

}  // namespace remaphore::nats
