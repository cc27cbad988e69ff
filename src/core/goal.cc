#include "core/goal.h"

#include <fmt/format.h>

namespace remaphore {

Goal Goal::first_match() {
  Goal goal;
  goal.kind_ = Kind::kFirstMatch;
  goal.expected_ = 1;
  return goal;
}

Result<Goal> Goal::barrier(const Barrier& barrier, const Peers& peers) {
  Goal goal;
  goal.kind_ = Kind::kBarrier;
  goal.counted_ = barrier.counted;
  goal.named_ = barrier.from.has_value();
  if (barrier.from) {
    for (const std::string_view name : *barrier.from) goal.nodes_.emplace(name, false);
  } else {
    for (const Peer& peer : peers.all()) goal.nodes_.emplace(peer.destination, false);
  }
  const std::size_t all = goal.nodes_.size();
  goal.expected_ = barrier.count ? barrier.count->of(all) : all;
  if (goal.expected_ > all || all == 0) {
    return fail(Errc::kUsage, fmt::format("option {}: {} have to arrive, but there are only {}",
                                          barrier.count ? "--count" : "--from", goal.expected_, all));
  }
  return goal;
}

void Goal::printed(std::string_view destination) { arrive(destination); }

void Goal::started(std::string_view destination) {
  if (kind_ == Kind::kFirstMatch) arrive(destination);
}

void Goal::ended(std::string_view destination, int exit_status) {
  if (kind_ != Kind::kBarrier) return;
  if (exit_status != 0 && nodes_.contains(destination)) any_failed_ = true;
  if (exit_status == 0 || counted_ == Counted::kOnEnd) arrive(destination);
}

void Goal::arrive(std::string_view destination) {
  switch (kind_) {
    case Kind::kNone: break;
    case Kind::kFirstMatch: arrived_ = 1; break;
    case Kind::kBarrier:
      const auto node = nodes_.find(destination);
      if (node == nodes_.end() || node->second) break;
      node->second = true;
      ++arrived_;
  }
}

std::vector<std::string_view> Goal::missing() const {
  std::vector<std::string_view> names;
  for (const auto& [name, here] : nodes_) {
    if (named_ && !here) names.emplace_back(name);
  }
  return names;
}

}  // namespace remaphore
