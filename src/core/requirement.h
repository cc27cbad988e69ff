// --require: how many of the nodes that are awaited have to succeed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace remaphore {

class Requirement {
 public:
  // "all", a number from 1 to 10000, or a percentage from 1% to 100%. Errc::kFormat, quoting the text, for anything
  // else.
  static Result<Requirement> parse(std::string_view text);

  // Of `awaited` nodes; a percentage is rounded up. A number may be more than there are.
  std::size_t of(std::size_t awaited) const;

 private:
  enum class Kind { kNumber, kPercent };
  Requirement(Kind kind, std::uint32_t value) : kind_(kind), value_(value) {}

  Kind kind_;
  std::uint32_t value_;
};

}  // namespace remaphore
