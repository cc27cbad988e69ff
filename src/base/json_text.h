// Writes a JSON object (RFC 8259) on one line, member by member in order. Whatever the bytes, the result is valid JSON
// in UTF-8, and safe to show on a terminal that reads UTF-8: control characters (C0, DEL) and invisible ones
// (base/unicode.h) are escaped.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"

namespace remaphore {

class JsonObject {
 public:
  // Each byte that is not part of valid UTF-8 becomes U+FFFD.
  JsonObject& text(std::string_view name, std::string_view value);
  // Lossless: text that is not UTF-8 is written as base64, and `encoding` is then "base64".
  JsonObject& bytes(std::string_view name, std::string_view value, std::string_view encoding);
  JsonObject& number(std::string_view name, std::int64_t value);
  JsonObject& count(std::string_view name, std::uint64_t value);
  // Adds a duration in seconds to the microsecond, rounded down; a negative value is written as 0.
  JsonObject& seconds(std::string_view name, Duration value);
  JsonObject& flag(std::string_view name, bool value);
  JsonObject& object(std::string_view name, const JsonObject& value);
  JsonObject& texts(std::string_view name, std::span<const std::string> values);

  // Ends in a newline.
  std::string line() const { return '{' + members_ + "}\n"; }

 private:
  void name(std::string_view name);

  std::string members_;
};

}  // namespace remaphore
