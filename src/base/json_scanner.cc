#include "base/json_scanner.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.h"

namespace remaphore {
namespace {

// Characters that a text holds unescaped: ASCII except control characters, the quote and the backslash.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

JsonScanner::JsonScanner(std::string_view json) : rest_(utf8::without_byte_order_mark(json)) {}

JsonScanner::Token JsonScanner::next() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
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
