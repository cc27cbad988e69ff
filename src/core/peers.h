// Who may send what: the configured peers and our own identities. Keys are compared as their base58 text, which is
// unique for a key, so that finding a peer costs a hash of the text and no decoding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// One line of [ Peers ]; the views live as long as the config's text.
struct Peer {
  std::string_view destination;
  std::string_view public_key;  // base58, known to decode to a key that is not of low order
  VerbList verbs;
  std::uint32_t line = 0;
};

// One line of [ Identities ].
struct Identity {
  std::string public_key;  // base58
  SecretKey secret_key;
  VerbList verbs;
};

// The peers in the order of the file, and an open-addressing hash index over their keys.
class Peers {
 public:
  // `peers` may name a key several times: find() gives the first.
  explicit Peers(std::vector<Peer> peers = {});

  const Peer* find(std::string_view public_key) const;  // nullptr if unknown
  const std::vector<Peer>& all() const { return peers_; }
  // 0 to all().size() - 1, for tables beside this one.
  std::size_t index_of(const Peer& peer) const { return static_cast<std::size_t>(&peer - peers_.data()); }

 private:
  std::vector<Peer> peers_;
  std::vector<std::uint32_t> slots_;  // index into peers_ plus one; 0: free; a power of two, at most half full
};

}  // namespace remaphore
