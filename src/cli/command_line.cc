#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/duration.h"
#include "base/redact.h"
#include "core/value_kind.h"

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
      line.marked_ = true;
      ++i;
      break;
    }
    if (auto taken = line.take(arguments, i); !taken && first) first = std::move(taken);
  }
  line.arguments_.assign(arguments.begin() + static_cast<std::ptrdiff_t>(std::min(i, arguments.size())),
                         arguments.end());
  if (understood != nullptr) *understood = line;
  if (!first) return pass_on(first);
  return line;
}

Result<void> CommandLine::take(std::span<const char* const> arguments, std::size_t& i) {
  const std::string_view argument = arguments[i];
  const std::string_view body = argument.substr(argument[1] == '-' ? 2 : 1);
  const std::size_t equals = body.find('=');
  const std::string_view name = body.substr(0, equals);
  const Option* option = name.starts_with('-') ? nullptr : find_option(name);
  if (option == nullptr)
    return usage_error(fmt::format("unknown option {}", quote_redacted(argument.substr(0, argument.find('=')))));

  const std::string called = fmt::format("{}{}", name.size() > 1 ? "--" : "-", name);  // as --help shows it
  std::optional<std::string_view> value;
  if (equals != std::string_view::npos) value = body.substr(equals + 1);
  if (!option->takes_value()) {
    const auto on = parse_bool(value.value_or("true"));
    if (!on) return usage_error(fmt::format("option {} is a boolean, not {}", called, quote_redacted(*value)));
    flags_[OptionRef(*option).index()] = *on;
    return {};
  }
  if (!value) {
    if (++i == arguments.size())
      return usage_error(fmt::format("option {} needs a value ({})", called, option->metavar));
    value = arguments[i];
  }
  return take_value(*option, called, *value);
}

Result<void> CommandLine::take_value(OptionRef option, std::string_view called, std::string_view value) {
  auto& text = texts_[option.index()];
  if (option.row().empty_or_repeated == EmptyOrRepeated::kRefused) {
    if (value.empty()) return usage_error(fmt::format("option {} has an empty value: is a variable not set?", called));
    if (text && *text != value)
      return usage_error(fmt::format("option {} is given twice, with different values", called));
  }
  if (value.empty()) return text.reset(), Result<void>();
  if (const std::string fault = value_fault(option.row().value(), value); !fault.empty())
    return usage_error(fmt::format("option {}{}", called, fault));
  text = value;
  return {};
}

std::optional<Duration> CommandLine::duration(OptionRef option) const {
  if (!text(option)) return std::nullopt;
  return *parse_duration(*text(option));
}

std::optional<std::uint32_t> CommandLine::number(OptionRef option) const {
  if (!text(option)) return std::nullopt;
  return parse_number(*text(option), option.row().bounds);
}

std::optional<Portion> CommandLine::count(OptionRef option) const {
  if (!text(option)) return std::nullopt;
  return *Portion::parse(*text(option));
}

std::vector<Portion> CommandLine::counts(OptionRef option) const {
  if (!text(option)) return {};
  return *Portion::parse_list(*text(option));
}

std::optional<Portion> CommandLine::count_or_none(OptionRef option) const {
  if (!text(option)) return std::nullopt;
  return *Portion::parse_or_none(*text(option));
}

}  // namespace remaphore
