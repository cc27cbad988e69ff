// The kinds of values on the command lines of both programs, and how each is checked. A new kind is a row in
// value_kind.cc, and one in completions/program.cc if a shell can complete it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace remaphore {

enum class ValueKind {
  kFlag,         // on or off; no value of its own
  kText,         // any
  kDuration,     // Go's, not negative
  kNumber,       // 1 to 10,000
  kCount,        // all, a number or a percentage: core/portion
  kCounts,       // several, separated by commas
  kCountOrNone,  // the same as kCount, or 0
  kChoice,       // one of several words
  kFile,         // path
  kDirectory,    // path
  kDestination,  // pattern, or our own
  kVerb,         // one, or several separated by commas
  kPublicKey,    // base58
  kNode,         // of the fleet whose folder precedes it
};

// The minimum and maximum of a number or, in nanoseconds, of a duration. Not given: the kind's own.
struct Bounds {
  constexpr Bounds() = default;
  constexpr Bounds(std::int64_t from, std::int64_t to) : min(from), max(to) {}
  constexpr Bounds(Duration from, Duration to) : min(from.count()), max(to.count()) {}
  constexpr bool are_given() const { return max > 0; }

  std::int64_t min = 0, max = 0;
};

// What a value has to be.
struct ValueRule {
  ValueKind kind = ValueKind::kText;
  Bounds bounds = {};             // of kNumber and kDuration
  std::string_view choices = {};  // of kChoice: "auto|never"
};

// The fault in a value that is not empty, worded to follow "option NAME"; empty if there is none.
std::string value_fault(const ValueRule& rule, std::string_view value);

// Decimal digits only; nullopt: none, or out of bounds.
std::optional<std::uint32_t> parse_number(std::string_view text, const Bounds& bounds);

// "2s to 5m"; empty if the rule has only the bounds of its kind.
std::string bounds_text(const ValueRule& rule);

}  // namespace remaphore
