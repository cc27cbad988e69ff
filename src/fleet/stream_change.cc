#include "fleet/stream_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/byte_size.h"
#include "base/duration.h"
#include "base/text.h"
#include "fleet/retention.h"

namespace remaphore::fleet {
namespace {

using Json = nlohmann::ordered_json;

// What an update may change; "fixed" is beyond it.
constexpr std::string_view kFixed[] = {"retention", "storage"};
// Limits that an administrator may have set for other reasons, where the fleet sets none.
constexpr std::string_view kFree[] = {"max_consumers", "duplicate_window"};

// Neither throws: not for text that is not JSON, which makes a discarded value, nor for bytes that are not UTF-8.
Json parse(std::string_view text) { return Json::parse(text, nullptr, /*allow_exceptions=*/false); }
std::string dump(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

template <std::size_t N>
bool is_among(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The value that a field has when the server does not mention it.
Json absent(const Json& wanted) {
  if (wanted.is_boolean()) return false;
  if (wanted.is_number()) return 0;
  return wanted.is_array() ? Json::array() : Json("");
}

// 0 and -1 both mean "no bound".
bool is_same(std::string_view name, const Json& present, const Json& wanted) {
  if (name.starts_with("max_") && name != "max_age" && present.is_number_integer() && wanted.is_number_integer())
    return std::max<std::int64_t>(present.get<std::int64_t>(), 0) ==
           std::max<std::int64_t>(wanted.get<std::int64_t>(), 0);
  return present == wanted;
}

std::string show(std::string_view name, const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return escape_control(value.get<std::string>().substr(0, kMaxQuoted));
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (name == "max_age" || name == "duplicate_window") return format_duration(Duration(number));
    if (number <= 0) return "unlimited";
    return name == "max_bytes" ? format_byte_size(number) : std::to_string(number);
  }
  std::string text;
  for (const Json& element : value) {
    if (element.is_string()) text += (text.empty() ? "" : ",") + element.get<std::string>();
  }
  return escape_control(text.substr(0, 4 * kMaxQuoted));
}

// Whether the fleet defines this field. A limit that it does not set is up to the administrator.
bool fleet_says(std::string_view name, const Json& wanted) {
  if (is_among(kFree, name)) return false;
  const bool bound = name.starts_with("max_") && name != "max_age" && name != "max_bytes";
  return !bound || (wanted.is_number_integer() && wanted.get<std::int64_t>() > 0);
}

}  // namespace

jetstream::Answer<std::string> read_stream_config(std::string_view payload) {
  using Kind = jetstream::Failure::Kind;
  auto error = jetstream::error_in(payload);
  if (error && error->kind != Kind::kMalformed) return Unexpected(std::move(*error));
  const Json answer = parse(payload);
  const auto config = answer.is_object() ? answer.find("config") : answer.end();
  if (config == answer.end() || !config->is_object()) {
    return Unexpected<jetstream::Failure>({Kind::kMalformed, quote(payload)});
  }
  return dump(*config);
}

StreamChange compare_stream(const std::string& config, const jetstream::StreamConfig& wanted) {
  StreamChange change;
  Json present = parse(config);
  const Json ours = Json::parse(jetstream::config_json(wanted));
  for (const auto& [name, value] : ours.items()) {
    const auto found = present.find(name);
    const Json now = found == present.end() ? absent(value) : *found;
    if (is_same(name, now, value)) continue;
    if (is_among(kFixed, name)) {
      change.fault = fmt::format("its {} is {}, not {}", name, show(name, now), show(name, value));
    } else if (fleet_says(name, value)) {
      change.changes.push_back(fmt::format("{} from {} to {}", name, show(name, now), show(name, value)));
      present[name] = value;
    } else {
      change.left.push_back(fmt::format("{} is {}", name, show(name, now)));
    }
  }
  if (!change.changes.empty() && !change.fault) {
    change.update = dump(present);
  }
  return change;
}

}  // namespace remaphore::fleet
