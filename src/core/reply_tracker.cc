#include "core/reply_tracker.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "core/destination.h"

namespace remaphore {
namespace {

std::vector<Peer> matching(const Peers& peers, std::string_view pattern) {
  std::vector<Peer> matched;
  for (const Peer& peer : peers.all()) {
    if (destination::matches(peer.destination, pattern)) matched.push_back(peer);
  }
  return matched;
}

std::vector<Peer> with_names(const Peers& peers, const std::vector<std::string>& names) {
  const std::unordered_set<std::string_view> wanted(names.begin(), names.end());
  std::vector<Peer> found;
  for (const Peer& peer : peers.all()) {
    if (wanted.contains(peer.destination)) found.push_back(peer);
  }
  return found;
}

bool is_own(const Peer& peer, const std::vector<Identity>& own) {
  return std::any_of(own.begin(), own.end(), [&](const Identity& one) { return one.public_key == peer.public_key; });
}

bool matches_any(std::string_view destination, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return destination::matches(destination, pattern); });
}

}  // namespace

ReplyTracker::ReplyTracker(const Peers& peers, const std::vector<Identity>& own, std::string_view pattern,
                           const std::vector<std::string>& send_only)
    : ReplyTracker(own, send_only, Peers(matching(peers, pattern))) {}

ReplyTracker::ReplyTracker(const Peers& peers, const std::vector<Identity>& own, const std::vector<std::string>& names,
                           const std::vector<std::string>& send_only)
    : ReplyTracker(own, send_only, Peers(with_names(peers, names))) {}

ReplyTracker::ReplyTracker(const std::vector<Identity>& own, const std::vector<std::string>& send_only, Peers addressed)
    : addressed_(std::move(addressed)) {
  find_nodes();
  std::vector<bool> excluded(nodes_.size()), others(nodes_.size());
  for (const Peer& peer : addressed_.all()) {
    if (is_own(peer, own)) excluded[node_index(peer)] = true;
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    others[i] = !excluded[i];
    if (matches_any(nodes_[i].first_line->destination, send_only)) excluded[i] = true;
  }
  await_all_but(excluded);
  if (awaited_ == 0) await_all_but(others);
  missing_ = awaited_;
}

// Sorted by destination for this loop: there may be thousands.
void ReplyTracker::find_nodes() {
  std::map<std::string_view, std::size_t> by_destination;
  for (const Peer& peer : addressed_.all()) {
    const auto [found, is_new] = by_destination.emplace(peer.destination, nodes_.size());
    if (is_new) nodes_.push_back({.first_line = &peer, .failure = {}});
    keys_.push_back({found->second, {}});
  }
}

void ReplyTracker::await_all_but(const std::vector<bool>& excluded) {
  for (const Peer& peer : addressed_.all()) {
    Node& node = nodes_[node_index(peer)];
    const bool can_answer = addressed_.find(peer.public_key) == &peer;
    if (!can_answer || node.awaited || excluded[node_index(peer)]) continue;
    node.awaited = true;
    ++awaited_;
  }
}

ReplyTracker::Answered ReplyTracker::record(const VerifiedReply& reply, std::int64_t exit_status) {
  Key& key = keys_[addressed_.index_of(reply.sender())];
  const bool repeat = std::find(key.seen.begin(), key.seen.end(), reply.key()) != key.seen.end();
  if (repeat || key.seen.size() >= kMaxDistinct) return Answered::kRepeat;
  key.seen.push_back(reply.key());
  Node& node = nodes_[key.node];
  const bool first = !node.answered;
  node.answered = true;
  if (first && node.awaited) --missing_;
  if (exit_status != 0 && !node.failure) {
    node.failure = exit_status;
    if (node.awaited) ++failed_;
  }
  return first ? Answered::kFirst : Answered::kFurther;
}

std::vector<std::string_view> ReplyTracker::awaited_nodes() const {
  std::vector<std::string_view> names;
  for (const Node& node : nodes_) {
    if (node.awaited) names.push_back(node.first_line->destination);
  }
  return names;
}

std::vector<const Peer*> ReplyTracker::missing() const {
  std::vector<const Peer*> silent;
  for (const Node& node : nodes_) {
    if (node.awaited && !node.answered && !node.not_asked) silent.push_back(node.first_line);
  }
  return silent;
}

void ReplyTracker::set_not_asked(std::span<const std::string> names) {
  const std::unordered_set<std::string_view> passed_over(names.begin(), names.end());
  for (Node& node : nodes_) node.not_asked = passed_over.contains(node.first_line->destination);
}

void ReplyTracker::set_none_asked() {
  for (Node& node : nodes_) node.not_asked = true;
}

std::vector<const Peer*> ReplyTracker::not_asked() const {
  std::vector<const Peer*> passed_over;
  for (const Node& node : nodes_) {
    if (node.awaited && !node.answered && node.not_asked) passed_over.push_back(node.first_line);
  }
  return passed_over;
}

std::vector<ReplyTracker::Failure> ReplyTracker::failures() const {
  std::vector<Failure> failures;
  for (const Node& node : nodes_) {
    if (node.awaited && node.failure) failures.push_back({node.first_line, *node.failure});
  }
  return failures;
}

}  // namespace remaphore
