// NAME, a NUL, then VALUE: whatever the bytes, a line of JSON is one line that another parser reads back to the same
// content.

#include "base/json_text.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/base64.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"

namespace remaphore {
namespace {

using fuzz::require;
using nlohmann::json;

// `text` with each invalid byte replaced, as the parser's own writer does.
std::string replaced(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = utf8::character_size(text);
    out += size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

json parsed(const std::string& line) {
  require(!line.empty() && line.back() == '\n', "a line ends");
  require(fuzz::is_one_line(std::string_view(line).substr(0, line.size() - 1)), "and holds no control bytes");
  require(utf8::is_valid(line), "and is UTF-8");
  const json object = json::parse(line, nullptr, false);
  require(object.is_object(), "and another parser takes it");
  return object;
}

void check(std::string_view name, std::string_view value) {
  const json text = parsed(JsonObject().text(name, value).line());
  require(text.size() == 1 && text.begin().key() == replaced(name), "a member keeps its name");
  require(text.begin().value() == replaced(value), "and its text");

  const json bytes = parsed(JsonObject().bytes("value", value, "encoding").line());
  const bool plain = utf8::is_valid(value);
  require(bytes.contains("encoding") == !plain, "an encoding is told if there is one");
  require(bytes["value"] == (plain ? std::string(value) : base64(value)), "and nothing is lost");
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  remaphore::fuzz::Input input(data, size);
  const std::string_view name = input.until('\0');
  remaphore::check(name, input.rest());
  return 0;
}
