#include "base/json_fields.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/json_scanner.h"

namespace remaphore {
namespace {

using Kind = JsonField::Kind;
using Token = JsonScanner::Token;

class Walk {
 public:
  Walk(std::string_view json, JsonVisitor& visitor, int most)
      : scanner_(json), visitor_(visitor), most_(static_cast<std::size_t>(most)) {}

  bool whole() {
    if (scanner_.next() != Token::kBeginObject) return false;
    begin(Kind::kObject);
    while (!arrays_.empty()) {
      if (!step()) return false;
    }
    return scanner_.next() == Token::kEnd;
  }

 private:
  struct Level {
    std::string outer;  // the names of what encloses its fields
    std::string name;   // of the field that is read, in an object
    bool is_array = false;
  };

  // A member, an element, or the end of the object or array.
  bool step() {
    const bool array = arrays_.back();
    const bool first = std::exchange(first_, false);
    Token token = scanner_.next();
    if (token == (array ? Token::kEndArray : Token::kEndObject)) return arrays_.pop_back(), true;
    if (!first) {
      if (token != Token::kComma) return false;
      token = scanner_.next();
    }
    if (!array) {
      if (token != Token::kText) return false;
      if (arrays_.size() <= most_) levels_[arrays_.size()].name = scanner_.text();
      if (scanner_.next() != Token::kColon) return false;
      token = scanner_.next();
    }
    return value(token);
  }

  bool value(Token token) {
    switch (token) {
      case Token::kBeginObject: return report({.kind = Kind::kObject}) && begin(Kind::kObject);
      case Token::kBeginArray: return report({.kind = Kind::kArray}) && begin(Kind::kArray);
      case Token::kText: return report({.kind = Kind::kText, .text = scanner_.text()});
      case Token::kInteger: return report({.kind = Kind::kInteger, .integer = scanner_.integer()});
      case Token::kTrue:
      case Token::kFalse: return report({.kind = Kind::kBoolean, .boolean = token == Token::kTrue});
      case Token::kNumber:
      case Token::kNull: return report({.kind = Kind::kOther});
      default: return false;
    }
  }

  bool begin(Kind kind) {
    const bool array = kind == Kind::kArray;
    const std::size_t depth = arrays_.size();
    arrays_.push_back(array);
    first_ = true;
    if (depth >= most_) return true;
    Level& level = levels_[depth + 1];
    level.is_array = array;
    level.name.clear();
    if (depth > 0) level.outer = (depth > 1 ? levels_[depth].outer + "." : std::string()) + levels_[depth].name;
    return true;
  }

  bool report(JsonField field) {
    const std::size_t depth = arrays_.size();
    if (depth > most_) return true;
    const Level& level = levels_[depth];
    field.depth = static_cast<int>(depth);
    field.outer = level.outer;
    field.name = level.name;
    field.element = level.is_array;
    return visitor_.field(field);
  }

  JsonScanner scanner_;
  JsonVisitor& visitor_;
  const std::size_t most_;
  std::vector<bool> arrays_;                     // what is open, from the outside in: an array or an object
  bool first_ = false;                           // nothing has been read of the innermost
  std::array<Level, kMaxJsonDepth + 1> levels_;  // of depth 1 and on
};

}  // namespace

bool visit_fields(std::string_view json, JsonVisitor& visitor, int depth) {
  return Walk(json, visitor, std::clamp(depth, 1, kMaxJsonDepth)).whole();
}

}  // namespace remaphore
