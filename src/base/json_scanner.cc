#include "base/json_scanner.h"

#include <array>
#include <charconv>
#include <cstring>

#include "base/utf8.h"

namespace remaphore {
namespace {

// Characters that a text holds unescaped: ASCII except control characters, the quote and the backslash.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// How many characters at the front are plain, or fewer: the rest of a word of eight is not counted.
std::size_t plain_words(std::string_view text) {
  constexpr std::uint64_t kEach = 0x0101010101010101;  // times a byte: that byte in each place
  std::size_t size = 0;
  for (; text.size() - size >= sizeof(std::uint64_t); size += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + size, sizeof word);
    // A subtraction sets the high bit of the lowest byte that is below what is subtracted, and perhaps of further ones.
    const std::uint64_t control = word - kEach * 0x20;
    const std::uint64_t quote = (word ^ kEach * '"') - kEach, backslash = (word ^ kEach * '\\') - kEach;
    if (((word | control | quote | backslash) & kEach * 0x80) != 0) break;
  }
  return size;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

JsonScanner::JsonScanner(std::string_view json) : rest_(utf8::without_byte_order_mark(json)) {}

JsonScanner::Token JsonScanner::next() {
  while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  if (rest_.empty()) return Token::kEnd;
  const char first = rest_.front();
  if (first == '-' || is_ascii_digit(first)) return scan_number();
  rest_.remove_prefix(1);
  switch (first) {
    case '{': return Token::kBeginObject;
    case '}': return Token::kEndObject;
    case '[': return Token::kBeginArray;
    case ']': return Token::kEndArray;
    case ':': return Token::kColon;
    case ',': return Token::kComma;
    case '"': return scan_text();
    case 't': return word("rue", Token::kTrue);
    case 'f': return word("alse", Token::kFalse);
    case 'n': return word("ull", Token::kNull);
    default: return Token::kInvalid;
  }
}

JsonScanner::Token JsonScanner::word(std::string_view rest, Token token) {
  if (!rest_.starts_with(rest)) return Token::kInvalid;
  rest_.remove_prefix(rest.size());
  return token;
}

JsonScanner::Token JsonScanner::scan_text() {
  unescaped_.clear();
  std::size_t size = 0;  // of what stands at the front of rest_ and has been checked
  while (true) {
    size += plain_words(rest_.substr(size));
    while (size < rest_.size() && kPlain[static_cast<unsigned char>(rest_[size])]) ++size;
    if (size == rest_.size()) return Token::kInvalid;
    const char c = rest_[size];
    if (c == '"') break;
    if (c == '\\') {
      unescaped_.append(rest_, 0, size);
      rest_.remove_prefix(size + 1);
      size = 0;
      if (!take_escape()) return Token::kInvalid;
      continue;
    }
    const std::size_t character = utf8::character_size(rest_.substr(size));
    if (character < 2) return Token::kInvalid;  // not UTF-8, or a control character
    size += character;
  }
  text_ = rest_.substr(0, size);
  if (!unescaped_.empty()) text_ = unescaped_.append(text_);
  rest_.remove_prefix(size + 1);
  return Token::kText;
}

// The rest of an escape, after its backslash.
bool JsonScanner::take_escape() {
  if (rest_.empty()) return false;
  const char c = rest_.front();
  rest_.remove_prefix(1);
  constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  if (const std::size_t at = kEscapes.find(c); at != std::string_view::npos) {
    unescaped_.push_back(kMeanings[at]);
    return true;
  }
  std::uint32_t code = 0, low = 0;
  if (c != 'u' || !take_code_unit(code) || (code >= 0xdc00 && code < 0xe000)) return false;
  if (code >= 0xd800 && code < 0xdc00) {
    if (!take('\\') || !take('u') || !take_code_unit(low) || low < 0xdc00 || low >= 0xe000) return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  utf8::append(unescaped_, code);
  return true;
}

bool JsonScanner::take_code_unit(std::uint32_t& unit) {
  constexpr std::size_t kDigits = 4;
  if (rest_.size() < kDigits) return false;
  const char* const end = rest_.data() + kDigits;
  const bool is_hex = std::from_chars(rest_.data(), end, unit, 16).ptr == end;
  rest_.remove_prefix(kDigits);
  return is_hex;
}

JsonScanner::Token JsonScanner::scan_number() {
  const std::string_view from = rest_;
  take('-');
  if (!take('0') && !take_digits()) return Token::kInvalid;
  bool is_integer = true;
  if (take('.')) {
    is_integer = false;
    if (!take_digits()) return Token::kInvalid;
  }
  if (take('e') || take('E')) {
    is_integer = false;
    if (!take('+')) take('-');
    if (!take_digits()) return Token::kInvalid;
  }
  const char* const end = rest_.data();
  if (is_integer) is_integer = std::from_chars(from.data(), end, integer_).ec == std::errc();
  return is_integer ? Token::kInteger : Token::kNumber;
}

bool JsonScanner::take_digits() {
  std::size_t count = 0;
  while (count < rest_.size() && is_ascii_digit(rest_[count])) ++count;
  rest_.remove_prefix(count);
  return count > 0;
}

bool JsonScanner::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

}  // namespace remaphore
