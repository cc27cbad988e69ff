#include "core/replay_guard.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace remaphore {
namespace {

constexpr std::size_t kFirstSlots = 16;

std::uint64_t random_odd() {
  std::uint64_t number = 0;
  keys::random_bytes(std::span(reinterpret_cast<std::uint8_t*>(&number), sizeof number));
  return number | 1;
}

}  // namespace

ReplayGuard::ReplayGuard(std::size_t peers, Limits limits) : limits_(limits), secret_(random_odd()), per_peer_(peers) {}

std::size_t ReplayGuard::slot_of(const Digest& key) const {
  std::uint64_t hash = 0;  // the key is a hash already, but one that its sender may have chosen among many
  std::memcpy(&hash, key.bytes.data(), sizeof hash);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = static_cast<std::size_t>((hash * secret_) >> 32) & mask;  // multiplicative hashing
  while (slots_[slot] != 0 && entries_[slots_[slot] - 1].key != key) slot = (slot + 1) & mask;
  return slot;
}

ReplayGuard::Verdict ReplayGuard::look_up(const Digest& key, WallTime expires) const {
  if (!slots_.empty() && slots_[slot_of(key)] != 0) return Verdict::kSeen;
  return expires <= floor_ ? Verdict::kForgotten : Verdict::kNew;
}

ReplayGuard::Verdict ReplayGuard::remember(const Digest& key, WallTime expires, std::size_t peer) {
  if (const Verdict verdict = look_up(key, expires); verdict != Verdict::kNew) return verdict;
  const auto crowded = [&] { return (entries_.size() + 1) * 4 > slots_.size() * 3; };
  const auto full = [&] { return per_peer_[peer] >= limits_.per_peer || entries_.size() >= limits_.total; };
  // For room in a share, not for every message: the walk's cost is spread over some of them.
  if (crowded() || (full() && ++put_off_ > entries_.size() / 64)) sweep();
  if (full()) return Verdict::kFull;
  if (crowded()) index(std::max(kFirstSlots, slots_.size() * 2));

  entries_.push_back({key, expires, static_cast<std::uint32_t>(peer)});
  slots_[slot_of(key)] = static_cast<std::uint32_t>(entries_.size());
  ++per_peer_[peer];
  earliest_ = std::min(earliest_, expires);
  return Verdict::kNew;
}

void ReplayGuard::advance(WallTime oldest) { oldest_ = std::max(oldest_, oldest); }

void ReplayGuard::sweep() {
  if (earliest_ >= oldest_) return;
  put_off_ = 0;
  earliest_ = WallTime::max();
  for (std::size_t left = entries_.size(); left > 0; --left) {  // once round the queue
    const Entry entry = entries_.front();
    entries_.pop_front();
    if (entry.expires < oldest_) {
      floor_ = std::max(floor_, entry.expires);
      --per_peer_[entry.peer];
    } else {
      earliest_ = std::min(earliest_, entry.expires);
      entries_.push_back(entry);
    }
  }
  std::size_t slots = kFirstSlots;
  while (entries_.size() * 2 > slots) slots *= 2;
  index(slots);
  slots_.shrink_to_fit();
}

void ReplayGuard::index(std::size_t slots) {
  slots_.assign(slots, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i)
    slots_[slot_of(entries_[i].key)] = static_cast<std::uint32_t>(i + 1);
}

}  // namespace remaphore
