#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/duration.h"
#include "base/text.h"

namespace remaphore {
namespace {

// The spellings of Go's strconv.ParseBool.
std::optional<bool> parse_bool(std::string_view text) {
  constexpr std::string_view kTrue[] = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::string_view kFalse[] = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(std::begin(kTrue), std::end(kTrue), text) != std::end(kTrue)) return true;
  if (std::find(std::begin(kFalse), std::end(kFalse), text) != std::end(kFalse)) return false;
  return std::nullopt;
}

constexpr std::uint32_t kMaxNumber = 10'000;

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > kMaxNumber)
    return std::nullopt;
  return number;
}

Unexpected<Error> usage_error(std::string_view what) {
  return fail(Errc::kUsage, fmt::format("{} (see remaphore --help)", what));
}

}  // namespace

Result<CommandLine> CommandLine::parse(std::span<const char* const> arguments, CommandLine* understood) {
  CommandLine line;
  Result<void> first;
  std::size_t i = 0;
  for (; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument.size() < 2 || argument.front() != '-') break;
    if (argument == "--") {
      ++i;
      break;
    }
    if (auto taken = line.take(arguments, i); !taken && first) first = std::move(taken);
  }
  line.arguments_.assign(arguments.begin() + static_cast<std::ptrdiff_t>(std::min(i, arguments.size())),
                         arguments.end());
  if (understood != nullptr) *understood = line;
  if (!first) return Unexpected<Error>(std::move(first.error()));
  return line;
}

Result<void> CommandLine::take(std::span<const char* const> arguments, std::size_t& i) {
  const std::string_view argument = arguments[i];
  const std::string_view body = argument.substr(argument[1] == '-' ? 2 : 1);
  const std::size_t equals = body.find('=');
  const std::string_view name = body.substr(0, equals);
  const Option* option = name.starts_with('-') ? nullptr : find_option(name);
  if (option == nullptr)
    return usage_error(fmt::format("unknown option {}", quote(argument.substr(0, argument.find('=')))));

  const auto called = [name] { return fmt::format("{}{}", name.size() > 1 ? "--" : "-", name); };  // as the help has it
  std::optional<std::string_view> value;
  if (equals != std::string_view::npos) value = body.substr(equals + 1);
  const auto index = static_cast<std::size_t>(option->id);
  if (!option->takes_value()) {
    const auto on = parse_bool(value.value_or("true"));
    if (!on) return usage_error(fmt::format("option {} is a boolean, not {}", called(), quote(*value)));
    flags_[index] = *on;
    return {};
  }
  if (!value) {
    if (++i == arguments.size())
      return usage_error(fmt::format("option {} needs a value ({})", called(), option->metavar));
    value = arguments[i];
  }
  if (option->takes_duration() && !value->empty()) {
    const auto duration = parse_duration(*value);
    if (!duration) return usage_error(fmt::format("option {}: {}", called(), duration.error().message));
    if (duration->count() < 0)
      return usage_error(fmt::format("option {} must not be negative: {}", called(), quote(*value)));
  }
  if (option->takes_number() && !value->empty() && !parse_number(*value)) {
    return usage_error(
        fmt::format("option {} takes a number from 1 to {}, not {}", called(), kMaxNumber, quote(*value)));
  }
  texts_[index] = value->empty() ? std::nullopt : std::optional<std::string>(*value);
  return {};
}

std::optional<Duration> CommandLine::duration(OptionId id) const {
  if (!text(id)) return std::nullopt;
  return *parse_duration(*text(id));
}

std::optional<std::uint32_t> CommandLine::number(OptionId id) const {
  if (!text(id)) return std::nullopt;
  return parse_number(*text(id));
}

}  // namespace remaphore
