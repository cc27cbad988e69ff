#include "core/goal.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

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
  std::unordered_set<std::string_view> keys;  // a key speaks for the name of its first line
  for (const Peer& peer : peers.all()) {
    if (keys.insert(peer.public_key).second) goal.nodes_.emplace(peer.destination, Node::kAbsent);
  }
  if (barrier.from) {
    const std::unordered_set<std::string_view> named(barrier.from->begin(), barrier.from->end());
    std::erase_if(goal.nodes_, [&named](const auto& node) { return !named.contains(node.first); });
  }
  if (barrier.self) goal.nodes_.emplace(goal.self_ = *barrier.self, Node::kAbsent);
  const std::size_t all = goal.nodes_.size();
  goal.expected_ = barrier.count ? barrier.count->of(all) : all;
  if (all == 0) {
    return fail(Errc::kUsage,
                fmt::format("option {}: there is nobody to wait for", barrier.from ? "--from" : "--count"));
  }
  if (goal.expected_ > all) {
    return fail(Errc::kUsage,
                fmt::format("option --count: {} must arrive, but there are only {}", goal.expected_, all));
  }
  return goal;
}

void Goal::received(std::string_view destination) {
  if (destination != self_ && nodes_.contains(destination)) any_received_ = true;
}

void Goal::printed(std::string_view destination) { arrive(destination); }

void Goal::started(std::string_view destination) {
  if (kind_ == Kind::kFirstMatch) arrive(destination);
}

void Goal::ended(std::string_view destination, int exit_status) {
  if (kind_ != Kind::kBarrier) return;
  const auto node = nodes_.find(destination);
  if (node == nodes_.end()) return;
  if (exit_status != 0) any_failed_ = true;
  if (exit_status == 0 || counted_ == Counted::kOnEnd) {
    arrive(destination);
  } else if (node->second == Node::kAbsent) {
    node->second = Node::kFailed;
  }
}

void Goal::arrived_ourselves() { arrive(self_); }

void Goal::arrive(std::string_view destination) {
  switch (kind_) {
    case Kind::kNone: break;
    case Kind::kFirstMatch: arrived_ = 1; break;
    case Kind::kBarrier:
      const auto node = nodes_.find(destination);
      if (node == nodes_.end() || node->second == Node::kArrived) break;
      node->second = Node::kArrived;
      ++arrived_;
  }
}

std::optional<bool> Goal::has_arrived(std::string_view destination) const {
  const auto node = nodes_.find(destination);
  return node == nodes_.end() ? std::nullopt : std::optional(node->second == Node::kArrived);
}

ArrivalCount Goal::arrivals_with(std::string_view destination) const {
  const auto node = nodes_.find(destination);
  const bool adds_one = node != nodes_.end() && node->second != Node::kArrived;
  return {std::min(arrived_ + (adds_one ? 1 : 0), expected_), expected_};
}

std::vector<Goal::Missing> Goal::missing() const {
  std::vector<Missing> missing;
  for (const auto& [name, state] : nodes_) {
    if (named_ && state != Node::kArrived) missing.push_back({name, state == Node::kFailed});
  }
  return missing;
}

std::vector<std::string_view> Goal::named() const {
  std::vector<std::string_view> names;
  for (const auto& [name, state] : nodes_) {
    if (named_) names.emplace_back(name);
  }
  return names;
}

}  // namespace remaphore
