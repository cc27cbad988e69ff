#include "core/peers.h"

#include <cstring>

namespace remaphore {
namespace {

// FNV-1a over the last 16 characters: base58 text of a key is as good as random there, and only the administrator
// decides what is in the table, so nobody else can make its chains long.
std::size_t hash_of(std::string_view key) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : key.substr(key.size() > 16 ? key.size() - 16 : 0)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return static_cast<std::size_t>(hash ^ hash >> 32);
}

}  // namespace

bool VerbList::allows(std::string_view verb) const {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = rest.substr(0, comma);
    if (one == "*" || one == verb) return true;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

std::vector<std::string_view> VerbList::split() const {
  std::vector<std::string_view> verbs;
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    verbs.push_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return verbs;
}

Peers::Peers(std::vector<Peer> peers) : peers_(std::move(peers)) {
  std::size_t size = 4;
  while (size < 2 * peers_.size()) size *= 2;
  slots_.resize(size);
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    std::size_t slot = hash_of(peers_[i].public_key) & (size - 1);
    while (slots_[slot] != 0 && peers_[slots_[slot] - 1].public_key != peers_[i].public_key) {
      slot = (slot + 1) & (size - 1);
    }
    if (slots_[slot] == 0) slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

const Peer* Peers::find(std::string_view public_key) const {
  if (public_key.size() < kMinPublicKeyText || public_key.size() > kMaxPublicKeyText) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash_of(public_key) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Peer& peer = peers_[slots_[slot] - 1];
    if (peer.public_key == public_key) return &peer;
  }
  return nullptr;
}

}  // namespace remaphore
