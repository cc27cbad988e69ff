// Arguments, each ended by NUL: no crash, all values in range, a mode or one line that says what does not fit, and a
// line rebuilt from the parsed options parses to the same.

#include "cli/command_line.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/mode_selection.h"
#include "fuzz/fuzz.h"

namespace remaphore {
namespace {

using fuzz::require;

Result<CommandLine> parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  return CommandLine::parse(pointers);
}

std::vector<std::string> written(const CommandLine& line) {
  std::vector<std::string> arguments;
  for (const Option& option : option_table()) {
    const std::string dashed = "--" + std::string(option.long_name) + "=";
    if (!option.takes_value()) {
      arguments.push_back(dashed + (line.is_set(option) ? "true" : "false"));
    } else if (line.text(option)) {
      arguments.push_back(dashed + *line.text(option));
    }
  }
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), line.arguments().begin(), line.arguments().end());
  return arguments;
}

void check_values(const CommandLine& line, const std::vector<std::string>& given) {
  for (const Option& option : option_table()) {
    const auto& text = line.text(option);
    if (!option.takes_value()) {
      require(!text, "a boolean has no value");
      continue;
    }
    require(!line.is_set(option), "an option with a value is not a boolean");
    require(!text || !text->empty(), "an empty value is as if not given");
    if (!text) continue;
    require(value_fault(option.value(), *text).empty(), "a value is of its kind");
    if (option.kind == ValueKind::kDuration)
      require(line.duration(option)->count() >= option.bounds.min, "a duration is within its bounds");
    if (option.kind == ValueKind::kNumber) {
      const std::int64_t least = option.bounds.are_given() ? option.bounds.min : 1;
      require(*line.number(option) >= least, "a number is within its bounds");
    }
  }
  const auto& rest = line.arguments();
  require(rest.size() <= given.size() && std::equal(rest.rbegin(), rest.rend(), given.rbegin()),
          "the arguments are the end of what was given");
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  std::vector<std::string> given;
  for (fuzz::Input input(data, size); !input.empty();) given.emplace_back(input.until('\0'));

  const auto line = parse(given);
  if (!line) {
    fuzz::require(line.error().code == Errc::kUsage && fuzz::is_one_line(line.error().message), "an error is one line");
    return 0;
  }
  check_values(*line, given);
  const auto mode = select_mode(*line);
  fuzz::require(mode || (mode.error().code == Errc::kUsage && fuzz::is_one_line(mode.error().message)),
                "what does not fit together is one line");
  const auto again = parse(written(*line));
  fuzz::require(again.has_value(), "what was understood can be written");
  fuzz::require(written(*again) == written(*line), "and is understood the same");
  return 0;
}
