#include "nats/server_list.h"

#include <algorithm>
#include <utility>

namespace remaphore::nats {

ServerList::ServerList(std::vector<ServerAddress> configured, unsigned refusals)
    : configured_(configured.size()), refusals_(refusals) {
  for (ServerAddress& address : configured) {
    std::string name = address.host;
    servers_.push_back({.address = std::move(address), .tls_name = std::move(name), .configured = true});
  }
}

void ServerList::learn(const std::vector<std::string>& urls, bool over_tls) {
  for (std::size_t i = servers_.size(); i-- > configured_;) {
    if (i == index_) continue;
    servers_.erase(servers_.begin() + static_cast<std::ptrdiff_t>(i));
    if (i < index_) --index_;
  }
  const std::string name = tls_name();
  for (const std::string& url : urls) {
    auto address = parse_server_address(url);
    if (!address || servers_.size() >= kMaxServers) continue;
    address->tls = over_tls;
    const auto known = [&](const Server& one) {
      return one.address.host == address->host && one.address.port == address->port;
    };
    if (std::any_of(servers_.begin(), servers_.end(), known)) continue;
    servers_.push_back({.address = std::move(*address), .tls_name = name, .configured = false});
  }
}

Duration ServerList::attempt_timeout(Duration whole, std::size_t addresses) const {
  const Duration longest = std::min(kLongestAttempt, kFirstAttempt * (1 << std::min(round_, 3u)));
  if (whole.count() == 0 || round_ > 0) return longest;
  const Duration share = whole / static_cast<std::int64_t>(configured_ * std::max<std::size_t>(addresses, 1));
  return std::clamp(share - share / 50, kShortestAttempt, longest);
}

void ServerList::accepted() {
  for (Server& server : servers_) server.refusals = 0;
}

bool ServerList::refused_everywhere() const {
  return std::all_of(servers_.begin(), servers_.end(),
                     [this](const Server& server) { return !server.configured || server.refusals >= refusals_; });
}

void ServerList::begin_round() {
  announced_had_its_turn_ = false;
  for (Server& server : servers_) server.tried = false;
}

void ServerList::held() {
  begin_round();
  for (Server& server : servers_) server.turns = 0;
  round_ = 0;
  was_up_ = true;
}

// The server after the current one, wrapping round to the current one itself.
std::optional<std::size_t> ServerList::next_configured() const {
  const std::size_t first = index_ < configured_ ? index_ + 1 : 0;
  for (std::size_t i = 0; i < configured_; ++i) {
    const std::size_t next = (first + i) % configured_;
    if (!servers_[next].tried) return next;
  }
  return std::nullopt;
}

std::optional<std::size_t> ServerList::next_announced() const {
  const auto first = servers_.begin() + static_cast<std::ptrdiff_t>(configured_);
  const auto next = std::min_element(first, servers_.end(),
                                     [](const Server& one, const Server& other) { return one.turns < other.turns; });
  if (announced_had_its_turn_ || next == servers_.end()) return std::nullopt;
  return static_cast<std::size_t>(next - servers_.begin());
}

Duration ServerList::advance(std::uint16_t random) {
  if (!std::exchange(was_up_, false)) servers_[index_].tried = true;
  if (const auto configured = next_configured()) {
    index_ = *configured;
    return Duration(0);
  }
  if (const auto announced = next_announced()) {
    index_ = *announced;
    ++servers_[index_].turns;
    announced_had_its_turn_ = true;
    return Duration(0);
  }
  begin_round();
  index_ = 0;
  const Duration pause = std::min(kLongestPause, kFirstPause * (1 << std::min(round_, 6u)));
  ++round_;
  return pause / 2 + pause / 2 * random / 65536;
}

}  // namespace remaphore::nats
