// The COUNT of --require, --batch, --max-fail, --limit and --count: how many of the addressed nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remaphore {

class Portion {
 public:
  // "all", a number from 1 to 10000, or a percentage from 1% to 100%. Errc::kFormat, quoting the text, for anything
  // else.
  static Result<Portion> parse(std::string_view text);
  // The same, or "0" for none.
  static Result<std::optional<Portion>> parse_or_none(std::string_view text);
  // Several, separated by commas; at least one.
  static Result<std::vector<Portion>> parse_list(std::string_view text);

  // How many of `total` nodes; a percentage is rounded up, and at least 1. A plain number may exceed `total`.
  std::size_t of(std::size_t total) const;

 private:
  enum class Kind { kNumber, kPercent };
  Portion(Kind kind, std::uint32_t value) : kind_(kind), value_(value) {}

  Kind kind_;
  std::uint32_t value_;
};

}  // namespace remaphore
