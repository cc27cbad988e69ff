// Shared by all targets: reporting a violation, and reading choices from the input. A target is one file that defines
// LLVMFuzzerTestOneInput; libFuzzer runs it on inputs of its own making, corpus_test on the committed ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace remaphore::fuzz {

__extension__ typedef __int128 Wide;  // holds sums and products of what is tested without overflow

inline const bool kKeysReady = (keys::initialize(), true);

// A violated property ends the run: libFuzzer keeps the input that led to it.
inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Choices and pieces taken from the front of an input, which may end at any time: missing parts are zero or empty.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(text_of(data, size)) {}

  bool empty() const { return rest_.empty(); }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  // `bytes` of them, most significant first.
  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }
  std::string_view piece(std::size_t size) {
    const std::string_view piece = rest_.substr(0, size);
    rest_.remove_prefix(piece.size());
    return piece;
  }
  // Up to the next `end`, which is dropped.
  std::string_view until(char end) {
    const std::size_t size = rest_.find(end);
    const std::string_view piece = rest_.substr(0, size);
    rest_.remove_prefix(size == std::string_view::npos ? rest_.size() : size + 1);
    return piece;
  }
  std::string_view rest() { return piece(rest_.size()); }

 private:
  std::string_view rest_;
};

// `text` with every occurrence of the one-byte `placeholder` replaced: lets an input hold keys that nobody could guess.
inline std::string with_placeholder(std::string_view text, char placeholder, std::string_view value) {
  std::string out;
  for (const char c : text) {
    if (c == placeholder) {
      out += value;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// Does `text` hold `length` or more consecutive characters of `secret`?
inline bool gives_away(std::string_view text, std::string_view secret, std::size_t length) {
  for (std::size_t i = 0; i + length <= secret.size(); ++i) {
    if (text.find(secret.substr(i, length)) != std::string_view::npos) return true;
  }
  return false;
}

// One line for a terminal: no control bytes.
inline bool is_one_line(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

}  // namespace remaphore::fuzz
