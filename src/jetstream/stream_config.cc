#include "jetstream/stream_config.h"

#include <fmt/format.h>

#include "base/byte_size.h"
#include "base/duration.h"
#include "base/json_text.h"

namespace remaphore::jetstream {

std::string describe(const StreamConfig& config, std::string_view what) {
  std::string text = fmt::format("keeps {}", what);
  if (config.max_age > Duration(0)) text += fmt::format(" for {}", format_duration(config.max_age));
  if (config.max_bytes > 0) text += fmt::format(", at most {}", format_byte_size(config.max_bytes));
  if (config.replicas > 1) text += fmt::format(", on {} servers", config.replicas);
  return text;
}

std::string config_json(const StreamConfig& config) {
  JsonObject json;
  json.text("name", config.name)
      .texts("subjects", config.subjects)
      .text("retention", "limits")
      .text("storage", config.file_storage ? "file" : "memory")
      .text("discard", config.discard == StreamConfig::Discard::kOld ? "old" : "new")
      .number("max_age", config.max_age.count())
      .number("max_bytes", config.max_bytes)
      .number("max_msgs", config.max_messages)
      .number("max_msgs_per_subject", config.max_messages_per_subject)
      .number("max_msg_size", config.max_message_size)
      .number("max_consumers", -1)
      .number("duplicate_window", config.duplicate_window.count())
      .number("num_replicas", config.replicas)
      .flag("allow_direct", config.allow_direct)
      .flag("deny_delete", config.deny_delete)
      .flag("deny_purge", config.deny_purge);
  return json.line();
}

}  // namespace remaphore::jetstream
