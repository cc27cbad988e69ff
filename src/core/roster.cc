#include "core/roster.h"

#include <algorithm>

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

bool is_own(const Peer& peer, const std::vector<Identity>& own) {
  return std::any_of(own.begin(), own.end(), [&](const Identity& one) { return one.public_key == peer.public_key; });
}

}  // namespace

Roster::Roster(const Peers& peers, const std::vector<Identity>& own, std::string_view pattern)
    : addressed_(matching(peers, pattern)), entries_(addressed_.all().size()) {
  const auto await = [&](bool ours) {
    for (const Peer& peer : addressed_.all()) {
      const bool first_of_key = addressed_.find(peer.public_key) == &peer;
      if (first_of_key && is_own(peer, own) == ours) {
        entries_[addressed_.index_of(peer)].awaited = true;
        ++awaited_;
      }
    }
  };
  await(false);
  if (awaited_ == 0) await(true);
  missing_ = awaited_;
}

Roster::Answered Roster::record(const VerifiedReply& reply, std::int64_t exit_status) {
  Entry& entry = entries_[addressed_.index_of(reply.sender())];
  const bool repeat = std::find(entry.seen.begin(), entry.seen.end(), reply.key()) != entry.seen.end();
  if (repeat || entry.seen.size() >= kMaxDistinct) return Answered::kRepeat;
  const bool first = entry.seen.empty();
  entry.seen.push_back(reply.key());
  if (first && entry.awaited) --missing_;
  if (exit_status != 0 && !entry.failure) {
    entry.failure = exit_status;
    if (entry.awaited) ++failed_;
  }
  return first ? Answered::kFirst : Answered::kFurther;
}

std::vector<const Peer*> Roster::missing() const {
  std::vector<const Peer*> silent;
  for (const Peer& peer : addressed_.all()) {
    const Entry& entry = entries_[addressed_.index_of(peer)];
    if (entry.awaited && entry.seen.empty()) silent.push_back(&peer);
  }
  return silent;
}

std::vector<Roster::Failure> Roster::failures() const {
  std::vector<Failure> failures;
  for (const Peer& peer : addressed_.all()) {
    const Entry& entry = entries_[addressed_.index_of(peer)];
    if (entry.awaited && entry.failure) failures.push_back({&peer, *entry.failure});
  }
  return failures;
}

}  // namespace remaphore
