// Who may send what: the configured peers and our own identities. Keys are compared as their base58 text, which is
// unique for a key: finding a peer costs a hash of the text and no decoding.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/intrusive_ptr.h"
#include "core/keys.h"

namespace remaphore {

// The verbs of one config line, a view of its text: "ping,deploy", "*" for all, "" for none. Lowercase.
class VerbList {
 public:
  VerbList() = default;
  explicit VerbList(std::string_view comma_separated) : text_(comma_separated) {}
  bool allows(std::string_view verb) const;
  std::string_view text() const { return text_; }
  std::vector<std::string_view> split() const;

 private:
  std::string_view text_;
};

struct PeerTable;

// One line of [ Peers ]. Inside a Peers object the views live as long as it.
struct Peer {
  std::string_view destination;
  std::string_view public_key;  // base58, checked to decode to a key that is not of small order
  VerbList verbs;
  std::uint32_t line = 0;
  PublicKey key = {};  // the same decoded; Peers does it if this is all zero, which is of small order and no key
  const PeerTable* table = nullptr;  // that it is in; set by Peers
};

// One line of [ Identities ].
struct Identity {
  std::string public_key;  // base58
  SecretKey secret_key;
  VerbList verbs;
};

// A reference to a peer of a Peers object, which it keeps alive and unchanged.
using PeerRef = IntrusivePtr<Peer>;

struct PeerTable {
  std::vector<char> text;
  std::vector<Peer> peers;           // views of `text`
  std::vector<std::uint32_t> slots;  // index into peers plus one; 0: free; a power of two, at most half full
  mutable std::atomic<std::size_t> references = 0;
};
inline void add_reference(const PeerTable* table) { table->references.fetch_add(1, std::memory_order_relaxed); }
void drop_reference(const PeerTable* table);
inline void add_reference(const Peer* peer) { add_reference(peer->table); }
inline void drop_reference(const Peer* peer) { drop_reference(peer->table); }

// The peers in the order of the file, and an open-addressing hash index over their keys. An immutable value that owns
// its text; copies share it. Rereading the config makes a new one; queued messages keep the old one alive.
class Peers {
 public:
  // `peers` may name a key several times: find() gives the first. Their text is copied.
  explicit Peers(std::vector<Peer> peers = {});
  // The same, but `peers` are views of `text`, which is taken over.
  Peers(std::vector<Peer> peers, std::vector<char> text);

  const Peer* find(std::string_view public_key) const;  // nullptr if unknown
  const std::vector<Peer>& all() const { return table_->peers; }
  // What all() are views of, and whatever else was in the text that was taken over.
  std::string_view text() const { return {table_->text.data(), table_->text.size()}; }
  // 0 to all().size() - 1, for tables indexed in parallel.
  std::size_t index_of(const Peer& peer) const { return static_cast<std::size_t>(&peer - table_->peers.data()); }
  // Whether it is one of all() itself, not another with the same key.
  bool owns(const Peer& peer) const {
    const Peer* const first = table_->peers.data();
    return std::less_equal<>()(first, &peer) && std::less<>()(&peer, first + table_->peers.size());
  }

 private:
  IntrusivePtr<PeerTable> table_;
};

}  // namespace remaphore
