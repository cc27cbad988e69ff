// The command line, in the syntax of Go's flag package: -u x, -u=x, --u x, --u=x; booleans -o and -o=false; no
// bundling; the last of a repeated option wins; parsing stops at the first argument that is not an option, or after --.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/option_table.h"
#include "core/portion.h"

namespace remaphore {

class CommandLine {
 public:
  // `arguments` without the program's name. Errc::kUsage, naming the first option that is wrong; `understood`, if
  // given, then holds the valid ones.
  static Result<CommandLine> parse(std::span<const char* const> arguments, CommandLine* understood = nullptr);

  // A flag that is on; an option whose value is not empty.
  bool is_given(OptionRef option) const {
    return option.row().takes_value() ? text(option).has_value() : is_set(option);
  }
  bool is_set(FlagRef flag) const { return flags_[flag.index()]; }
  // Empty: the option was not given, or its value is empty.
  const std::optional<std::string>& text(OptionRef option) const { return texts_[option.index()]; }
  // The value of an option of that kind, parsed by parse().
  std::optional<Duration> duration(OptionRef option) const;
  std::optional<std::uint32_t> number(OptionRef option) const;
  std::optional<Portion> count(OptionRef option) const;
  std::vector<Portion> counts(OptionRef option) const;           // empty: not given
  std::optional<Portion> count_or_none(OptionRef option) const;  // nullopt: 0, or not given
  const std::vector<std::string>& arguments() const { return arguments_; }
  // The operands follow a --, so none of them was meant as an option.
  bool arguments_are_marked() const { return marked_; }

 private:
  // Parses one option and its value; moves `i` to the last argument used.
  Result<void> take(std::span<const char* const> arguments, std::size_t& i);
  Result<void> take_value(OptionRef option, std::string_view called, std::string_view value);

  std::array<bool, kOptionCount> flags_{};
  std::array<std::optional<std::string>, kOptionCount> texts_;
  std::vector<std::string> arguments_;
  bool marked_ = false;
};

}  // namespace remaphore
