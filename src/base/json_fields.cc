#include "base/json_fields.h"

#include <algorithm>
#include <array>
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

  Events(JsonVisitor& visitor, int most) : visitor_(visitor), most_(most) {}

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
    if (depth_ > 0 && depth_ <= most_) levels_[static_cast<std::size_t>(depth_)].name = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) { return false; }

 private:
  struct Level {
    std::string name;       // of the field that is read, in an object
    bool is_array = false;  // what holds it
  };

  bool start(bool array) {
    const bool whole = depth_ == 0;
    if (whole ? array : !tell(array ? Kind::kArray : Kind::kObject)) return false;
    ++depth_;
    if (depth_ <= most_) levels_[static_cast<std::size_t>(depth_)] = {{}, array};
    return true;
  }

  bool tell(Kind kind, std::string_view text = {}, std::int64_t integer = 0, bool boolean = false) {
    if (depth_ == 0) return false;  // a text or number alone
    if (depth_ > most_) return true;
    const Level& level = levels_[static_cast<std::size_t>(depth_)];
    std::string joined;
    std::string_view outer;
    if (depth_ == 2) outer = levels_[1].name;
    if (depth_ == 3) outer = joined = levels_[1].name + "." + levels_[2].name;
    return visitor_.field({depth_, outer, level.name, level.is_array, kind, text, integer, boolean});
  }

  JsonVisitor& visitor_;
  const int most_;
  std::array<Level, kMaxJsonDepth + 1> levels_;  // of depth 1 and on
  int depth_ = 0;                                // deep nesting ends the text long before it ends an int
};

}  // namespace

bool visit_fields(std::string_view json, JsonVisitor& visitor, int depth) {
  Events events(visitor, std::min(depth, kMaxJsonDepth));
  return nlohmann::json::sax_parse(json.begin(), json.end(), &events);
}

}  // namespace remaphore
