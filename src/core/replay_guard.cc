#include "core/replay_guard.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace remaphore {
namespace {

constexpr std::size_t kSmall = 64;  // below that part of the total, entries may linger

std::uint64_t random_odd() {
  std::uint64_t number = 0;
  keys::random_bytes(std::span(reinterpret_cast<std::uint8_t*>(&number), sizeof number));
  return number | 1;
}

}  // namespace

ReplayGuard::ReplayGuard(std::size_t peers, Limits limits)
    : total_(std::min<std::size_t>(limits.total, kIndex - 1)),
      shares_(limits.total, limits.per_peer),
      secret_(random_odd()),
      linger_(limits.linger),
      horizon_(limits.horizon) {
  shares_.set_holders(peers);
}

void ReplayGuard::set_peers(std::size_t peers) {
  shares_.set_holders(peers);
  for (const Holder& one : peers_) shares_.change(0, one.entries);
}

std::uint32_t ReplayGuard::holder(std::string_view peer) {
  if (const auto found = numbers_.find(peer); found != numbers_.end()) return found->second;
  if (free_numbers_.empty()) {
    free_numbers_.push_back(static_cast<std::uint32_t>(peers_.size()));
    peers_.emplace_back();
  }
  const std::uint32_t number = free_numbers_.back();
  free_numbers_.pop_back();
  peers_[number].key = &numbers_.emplace(KeyText(peer), number).first->first;
  return number;
}

void ReplayGuard::release(std::uint32_t number) {
  numbers_.erase(numbers_.find(*peers_[number].key));
  free_numbers_.push_back(number);
}

void ReplayGuard::count(std::uint32_t number, std::size_t entries) {
  Holder& one = peers_[number];
  shares_.change(one.entries, entries);
  one.entries = entries;
  if (entries == 0) release(number);
}

// Multiplicative hashing: use the upper half. The key is a digest, but a sender could pick messages whose digests
// collide in the table, hence the secret factor.
std::uint64_t ReplayGuard::hash_of(const Digest& key) const {
  std::uint64_t start = 0;
  std::memcpy(&start, key.bytes.data(), sizeof start);
  return start * secret_;
}

std::size_t ReplayGuard::slot_of(const Digest& key) const {
  const std::uint64_t hash = hash_of(key);
  const std::size_t mask = slots_.size() - 1;
  const auto holds = [&](Slot slot) { return tag_of(hash) == (slot & ~kIndex) && entry_of(slot).key == key; };
  std::size_t slot = static_cast<std::size_t>(hash >> 32) & mask;
  while (slots_[slot] != 0 && !holds(slots_[slot])) slot = (slot + 1) & mask;
  return slot;
}

ReplayGuard::Slot ReplayGuard::slot_for(std::size_t number) const {
  return tag_of(hash_of(entries_[number].key)) | static_cast<Slot>(number + 1);
}

ReplayGuard::Verdict ReplayGuard::verdict(std::size_t slot, WallTime expires) const {
  if (slots_[slot] != 0) return Verdict::kSeen;
  return expires == WallTime::min() || forgotten_.find(expires) ? Verdict::kForgotten : Verdict::kNew;
}

ReplayGuard::Verdict ReplayGuard::remember(const Digest& key, WallTime expires, std::string_view peer) {
  std::size_t slot = slot_of(key);
  if (const Verdict found = verdict(slot, expires); found != Verdict::kNew) return found;
  std::uint32_t number = holder(peer);
  const auto crowded = [&] { return (entries_.size() + 1) * 4 > slots_.size() * 3; };
  const auto full = [&] { return !shares_.fits(peers_[number].entries, 1) || entries_.size() >= total_; };
  // If a share is full, sweeps for some of the messages only, to spread the cost of the walk.
  const bool in_need = full() && ++put_off_ > entries_.size() / 64;
  if (in_need || crowded()) {
    sweep(in_need || entries_.size() >= total_ / kSmall ? Duration(0) : linger_);
    number = holder(peer);  // it may have lost its last entry
    if (crowded()) index(slots_.size() * 2);
    slot = slot_of(key);
  }
  if (full()) {
    if (peers_[number].entries == 0) release(number);
    return Verdict::kFull;
  }
  entries_.push_back({key, expires, number});
  slots_[slot] = slot_for(entries_.size() - 1);
  count(number, peers_[number].entries + 1);
  earliest_ = std::min(earliest_, expires);
  latest_ = std::max(latest_, expires);
  return Verdict::kNew;
}

void ReplayGuard::mark_recorded(const Digest& key) {
  if (const Slot slot = slots_[slot_of(key)]; slot != 0) entries_[(slot & kIndex) - 1].recorded = true;
}

void ReplayGuard::sweep(Duration linger) {
  const bool is_bounded = oldest_ > WallTime::min() && horizon_ < Duration::max();
  const WallTime first = subtract_saturating(oldest_, linger);
  const WallTime last = is_bounded ? add_saturating(oldest_, horizon_) : WallTime::max();
  if (earliest_ >= first && latest_ <= last) return;
  put_off_ = 0;
  earliest_ = WallTime::max();
  latest_ = WallTime::min();
  for (std::size_t left = entries_.size(); left > 0; --left) {  // once round the queue
    const Entry entry = entries_.front();
    entries_.pop_front();
    if (entry.expires < first || entry.expires > last) {
      forgotten_.add(entry.expires);
      count(entry.peer, peers_[entry.peer].entries - 1);
    } else {
      earliest_ = std::min(earliest_, entry.expires);
      latest_ = std::max(latest_, entry.expires);
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
  for (std::size_t i = 0; i < entries_.size(); ++i) slots_[slot_of(entries_[i].key)] = slot_for(i);
}

}  // namespace remaphore
