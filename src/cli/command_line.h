// The command line, in the syntax of Go's flag package: -u x, -u=x, --u x, --u=x; booleans -o and -o=false; no
// bundling; the last of a repeated option wins; parsing stops at the first argument that is no option, or after --.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/option_table.h"

namespace remaphore {

class CommandLine {
 public:
  // `arguments` without the program's name. Errc::kUsage, naming the first option that is wrong; `understood`, if
  // given, then holds the others.
  static Result<CommandLine> parse(std::span<const char* const> arguments, CommandLine* understood = nullptr);

  bool is_set(OptionId id) const { return flags_[static_cast<std::size_t>(id)]; }
  // An option that was given with an empty value is as if not given.
  const std::optional<std::string>& text(OptionId id) const { return texts_[static_cast<std::size_t>(id)]; }
  // The value of an option that takes a duration (not negative) or a number (at least 1), checked by parse().
  std::optional<Duration> duration(OptionId id) const;
  std::optional<std::uint32_t> number(OptionId id) const;
  const std::vector<std::string>& arguments() const { return arguments_; }

 private:
  // One option and its value; moves `i` to the last argument of them.
  Result<void> take(std::span<const char* const> arguments, std::size_t& i);

  std::array<bool, kOptionCount> flags_{};
  std::array<std::optional<std::string>, kOptionCount> texts_;
  std::vector<std::string> arguments_;
};

}  // namespace remaphore
