// The fields of a JSON object as they pass by, without a tree of it: nesting of any depth costs nothing. Only the
// fields of the object and those of the objects and arrays inside it, down to a depth, are told. By nlohmann-json,
// whose lexer and parser are compiled here and nowhere else in the program that sends.
#pragma once

#include <cstdint>
#include <string_view>

namespace remaphore {

struct JsonField {
  enum class Kind { kText, kInteger, kBoolean, kObject, kArray, kOther };  // kInteger: of 64 bits with a sign
  int depth;               // 1: of the object itself; 2: of an object or array in it; 3: of one in that
  std::string_view outer;  // the names of those, joined by a dot: "config.subjects"
  std::string_view name;   // its own; empty in an array
  bool element;            // stands in an array
  Kind kind;
  std::string_view text = {};
  std::int64_t integer = 0;
  bool boolean = false;
};

class JsonVisitor {
 public:
  virtual ~JsonVisitor() = default;
  // The views live for the call. False: enough was seen to refuse the whole.
  virtual bool field(const JsonField& field) = 0;
};

inline constexpr int kMaxJsonDepth = 3;

// False if it is no JSON object, or if the visitor refused it. Fields deeper than `depth` are passed over.
bool visit_fields(std::string_view json, JsonVisitor& visitor, int depth = 2);

}  // namespace remaphore
