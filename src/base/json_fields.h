// Reports the fields of a JSON object while it is parsed, without building a tree: each level of nesting costs one bit.
// Only fields down to a given depth are reported: the object's own, and those of objects and arrays in it.
#pragma once

#include <cstdint>
#include <string_view>

namespace remaphore {

struct JsonField {
  enum class Kind { kText, kInteger, kBoolean, kObject, kArray, kOther };  // kInteger: signed, 64 bits
  int depth = 1;                // 1: of the object itself; 2: of an object or array in it; and so on
  std::string_view outer = {};  // the names of the enclosing fields, joined by dots: "config.subjects"
  std::string_view name = {};   // the field's own name; empty in an array
  bool element = false;         // an element of an array
  Kind kind = Kind::kOther;
  std::string_view text = {};
  std::int64_t integer = 0;
  bool boolean = false;
};

class JsonVisitor {
 public:
  virtual ~JsonVisitor() = default;
  // The views are valid during the call. Return false to reject the whole text.
  virtual bool field(const JsonField& field) = 0;
};

inline constexpr int kMaxJsonDepth = 4;

// False if the text is not a JSON object or the visitor rejected it. Fields deeper than `depth` are skipped.
bool visit_fields(std::string_view json, JsonVisitor& visitor, int depth = 2);

}  // namespace remaphore
