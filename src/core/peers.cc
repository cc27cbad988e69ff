#include "core/peers.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace remaphore {
namespace {

// A hash of the last 16 characters: the base58 text of a key is practically random there, and only the administrator
// decides what is in the table, so nobody else can make its chains long. Multiplicative hashing, Knuth, TAOCP 3, 6.4.
std::size_t hash_of(std::string_view key) {
  std::array<std::uint64_t, 2> last{};
  key.substr(key.size() - std::min(key.size(), sizeof last)).copy(reinterpret_cast<char*>(last.data()), sizeof last);
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio
  const std::uint64_t hash = (last[0] * kGolden ^ last[1]) * kGolden;
  return static_cast<std::size_t>(hash >> 32);
}

PublicKey decoded(std::string_view text) {
  const auto key = keys::public_key_from_base58(text);
  return key ? *key : PublicKey{};
}

const PeerTable* indexed(std::vector<Peer> peers, std::vector<char> text) {
  auto table = std::make_unique<PeerTable>();
  std::size_t size = 4;
  while (size < 2 * peers.size()) size *= 2;
  table->slots.resize(size);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    Peer& peer = peers[i];
    peer.table = table.get();
    if (peer.key == PublicKey{}) peer.key = decoded(peer.public_key);
    std::size_t slot = hash_of(peer.public_key) & (size - 1);
    while (table->slots[slot] != 0 && peers[table->slots[slot] - 1].public_key != peer.public_key) {
      slot = (slot + 1) & (size - 1);
    }
    if (table->slots[slot] == 0) table->slots[slot] = static_cast<std::uint32_t>(i + 1);
  }
  table->peers = std::move(peers);
  table->text = std::move(text);  // it stays where it is
  return table.release();
}

const PeerTable* copied(std::vector<Peer> peers) {
  std::size_t length = 0;
  for (const Peer& peer : peers) {
    length += peer.destination.size() + peer.public_key.size() + peer.verbs.text().size();
  }
  std::vector<char> text;
  text.reserve(length);  // views of it stay valid
  const auto kept = [&text](std::string_view part) {
    text.insert(text.end(), part.begin(), part.end());
    return std::string_view(text.data(), text.size()).substr(text.size() - part.size());
  };
  for (Peer& peer : peers) {
    peer.destination = kept(peer.destination);
    peer.public_key = kept(peer.public_key);
    peer.verbs = VerbList(kept(peer.verbs.text()));
  }
  return indexed(std::move(peers), std::move(text));
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

void drop_reference(const PeerTable* table) {
  if (table->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete table;
}

Peers::Peers(std::vector<Peer> peers) : table_(copied(std::move(peers))) {}

Peers::Peers(std::vector<Peer> peers, std::vector<char> text) : table_(indexed(std::move(peers), std::move(text))) {}

const Peer* Peers::find(std::string_view public_key) const {
  if (public_key.size() < kMinPublicKeyText || public_key.size() > kMaxPublicKeyText) return nullptr;
  const std::vector<std::uint32_t>& slots = table_->slots;
  const std::size_t mask = slots.size() - 1;
  for (std::size_t slot = hash_of(public_key) & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
    const Peer& peer = table_->peers[slots[slot] - 1];
    if (peer.public_key == public_key) return &peer;
  }
  return nullptr;
}

}  // namespace remaphore
