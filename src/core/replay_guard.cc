#include "core/replay_guard.h"

#include <algorithm>
#include <cstring>

namespace remaphore {
namespace {

constexpr std::size_t kFirstSlots = 16;

}  // namespace

ReplayGuard::ReplayGuard(std::size_t peers, Limits limits) : limits_(limits), per_peer_(peers) {}

std::size_t ReplayGuard::slot_of(const Digest& key) const {
  std::uint64_t hash = 0;  // the key is a hash already
  std::memcpy(&hash, key.bytes.data(), sizeof hash);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = static_cast<std::size_t>(hash) & mask;
  while (slots_[slot].peer != kFree && slots_[slot].key != key) slot = (slot + 1) & mask;
  return slot;
}

ReplayGuard::Verdict ReplayGuard::look_up(const Digest& key, WallTime expires) const {
  if (!slots_.empty() && slots_[slot_of(key)].peer != kFree) return Verdict::kSeen;
  return expires <= floor_ ? Verdict::kForgotten : Verdict::kNew;
}

ReplayGuard::Verdict ReplayGuard::remember(const Digest& key, WallTime expires, std::size_t peer) {
  if (const Verdict verdict = look_up(key, expires); verdict != Verdict::kNew) return verdict;
  const bool crowded = (used_ + 1) * 4 > slots_.size() * 3;
  const auto full = [&] { return per_peer_[peer] >= limits_.per_peer || used_ >= limits_.total; };
  if (crowded || full()) sweep();
  if (full()) return Verdict::kFull;
  if ((used_ + 1) * 4 > slots_.size() * 3) rebuild(std::max(kFirstSlots, slots_.size() * 2));

  Entry& entry = slots_[slot_of(key)];
  entry = Entry{key, expires, static_cast<std::uint32_t>(peer)};
  ++used_;
  ++per_peer_[peer];
  earliest_ = std::min(earliest_, expires);
  return Verdict::kNew;
}

void ReplayGuard::advance(WallTime oldest) { oldest_ = std::max(oldest_, oldest); }

void ReplayGuard::sweep() {
  // Not for every message that finds its share full: the walk's cost is spread over some of them.
  if (earliest_ >= oldest_ || ++put_off_ <= used_ / 64) return;
  put_off_ = 0;
  std::vector<Entry> kept;
  kept.reserve(used_);
  earliest_ = WallTime::max();
  for (const Entry& entry : slots_) {
    if (entry.peer == kFree) continue;
    if (entry.expires < oldest_) {
      floor_ = std::max(floor_, entry.expires);
      --per_peer_[entry.peer];
    } else {
      earliest_ = std::min(earliest_, entry.expires);
      kept.push_back(entry);
    }
  }
  used_ = kept.size();
  std::size_t slots = kFirstSlots;
  while (used_ * 2 > slots) slots *= 2;
  slots_.assign(slots, Entry{});
  slots_.shrink_to_fit();
  for (const Entry& entry : kept) slots_[slot_of(entry.key)] = entry;
}

void ReplayGuard::rebuild(std::size_t slots) {
  std::vector<Entry> old(slots);
  old.swap(slots_);
  for (const Entry& entry : old) {
    if (entry.peer != kFree) slots_[slot_of(entry.key)] = entry;
  }
}

}  // namespace remaphore
