#include "base/json_fields.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace remaphore {
namespace {

using Kind = JsonField::Kind;

// What nlohmann calls at every token; false ends the parse.
class Events {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  explicit Events(JsonVisitor& visitor) : visitor_(visitor) {}

  bool null() { return tell(Kind::kOther); }
  bool boolean(bool value) { return tell(Kind::kBoolean, {}, 0, value); }
  bool number_integer(number_integer_t value) { return tell(Kind::kInteger, {}, value); }
  bool number_unsigned(number_unsigned_t value) {
    constexpr number_unsigned_t kMost = std::numeric_limits<std::int64_t>::max();
    return value > kMost ? tell(Kind::kOther) : tell(Kind::kInteger, {}, static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t, const string_t&) { return tell(Kind::kOther); }
  bool string(string_t& value) { return tell(Kind::kText, value); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return start(false); }
  bool start_array(std::size_t) { return start(true); }
  bool end_object() { return --depth_, true; }
  bool end_array() { return --depth_, true; }
  bool key(string_t& name) {
    if (depth_ == 1) outer_ = name;
    if (depth_ == 2) inner_ = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) { return false; }

 private:
  bool start(bool array) {
    const bool whole = depth_ == 0;
    if (whole ? array : !tell(array ? Kind::kArray : Kind::kObject)) return false;
    if (depth_ == 1) in_array_ = array;
    ++depth_;
    return true;
  }

  bool tell(Kind kind, std::string_view text = {}, std::int64_t integer = 0, bool boolean = false) {
    if (depth_ == 0) return false;  // a text or number alone
    if (depth_ > 2) return true;
    if (depth_ == 1) return visitor_.field({1, {}, outer_, false, kind, text, integer, boolean});
    const std::string_view name = in_array_ ? std::string_view() : inner_;
    return visitor_.field({2, outer_, name, in_array_, kind, text, integer, boolean});
  }

  JsonVisitor& visitor_;
  std::string outer_, inner_;
  std::size_t depth_ = 0;
  bool in_array_ = false;
};

}  // namespace

bool visit_fields(std::string_view json, JsonVisitor& visitor) {
  Events events(visitor);
  return nlohmann::json::sax_parse(json.begin(), json.end(), &events);
}

}  // namespace remaphore
