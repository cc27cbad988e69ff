// Arguments, each ended by NUL: no crash, all values in range, and a line rebuilt from the parsed options parses to the
// same.

#include "cli/command_line.h"

#include <algorithm>
#include <string>
#include <vector>

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
    require(!line.is_set(option), "an option with a value is no boolean");
    require(!text || !text->empty(), "an empty value is as if not given");
    if (option.kind == Kind::kDuration && text)
      require(line.duration(option)->count() >= 0, "a duration is not negative");
    if (option.kind == Kind::kNumber && text) require(*line.number(option) >= 1, "a number is at least one");
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
  const auto again = parse(written(*line));
  fuzz::require(again.has_value(), "what was understood can be written");
  fuzz::require(written(*again) == written(*line), "and is understood the same");
  return 0;
}
