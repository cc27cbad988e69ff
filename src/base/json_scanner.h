// Splits JSON (RFC 8259) into tokens, without copying: a text without escapes is a view of the input. Strict: UTF-8 is
// checked, a control character or half a surrogate pair in a text is an error. Allocates for texts with escapes only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace remaphore {

class JsonScanner {
 public:
  enum class Token {
    kBeginObject,
    kEndObject,
    kBeginArray,
    kEndArray,
    kColon,
    kComma,
    kText,
    kInteger,  // without fraction and exponent, and within 64 signed bits
    kNumber,   // any other
    kTrue,
    kFalse,
    kNull,
    kEnd,
    kInvalid,  // nothing that follows is worth reading
  };

  // The input must outlive it. A byte order mark is skipped.
  explicit JsonScanner(std::string_view json);

  Token next();
  std::string_view text() const { return text_; }    // of kText; valid until the next one
  std::int64_t integer() const { return integer_; }  // of kInteger

 private:
  Token word(std::string_view rest, Token token);
  Token scan_text();
  Token scan_number();
  bool take_escape();
  bool take_code_unit(std::uint32_t& unit);
  bool take_digits();
  bool take(char c);

  std::string_view rest_;  // of the input
  std::string_view text_;
  std::string unescaped_;
  std::int64_t integer_ = 0;
};

}  // namespace remaphore
