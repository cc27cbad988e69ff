// The base58 text of a public key as a value without an allocation of its own, for tables by key.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "core/keys.h"

namespace remaphore {

class KeyText {
 public:
  // The key of a configured peer, of at most kMaxPublicKeyText characters.
  explicit KeyText(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    std::copy_n(text.data(), text.size(), chars_.data());
  }
  std::string_view view() const { return {chars_.data(), size_}; }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    std::size_t operator()(const KeyText& key) const { return (*this)(key.view()); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const KeyText& a, const KeyText& b) const { return a.view() == b.view(); }
    bool operator()(std::string_view a, const KeyText& b) const { return a == b.view(); }
    bool operator()(const KeyText& a, std::string_view b) const { return a.view() == b; }
  };

 private:
  std::uint8_t size_;
  std::array<char, kMaxPublicKeyText> chars_;
};

// Searched by string_view.
template <class Value>
using KeyMap = std::unordered_map<KeyText, Value, KeyText::Hash, KeyText::Equal>;

}  // namespace remaphore
