#include "core/presence.h"

#include "base/json_fields.h"
#include "base/json_text.h"
#include "base/timestamp.h"

namespace remaphore {
namespace {

using Kind = JsonField::Kind;

class PresenceReader : public JsonVisitor {
 public:
  bool field(const JsonField& field) override {
    if (field.depth == 2 && field.outer == "verbs" && field.element) return read_verb(field);
    if (field.depth != 1) return true;
    if (field.name == "version") return read(field, presence.version);
    if (field.name == "destination") return read(field, presence.destination);
    if (field.name == "host") return read(field, presence.host);
    if (field.name == "uuid") return read(field, presence.uuid);
    if (field.name == "since") return read(field, since);
    if (field.name == "clock") return read(field, clock);
    if (field.name == "pid") return presence.pid = field.integer, is_count(field);
    if (field.name == "jobs") return read(field, presence.jobs);
    if (field.name == "running") return read(field, presence.running);
    if (field.name == "queued") return read(field, presence.queued);
    if (field.name == "handled") return read(field, presence.handled);
    if (field.name == "refused") return read(field, presence.refused);
    if (field.name == "command") return presence.has_command = field.boolean, field.kind == Kind::kBoolean;
    return true;
  }

  Presence presence;
  std::optional<WallTime> since, clock;

 private:
  static bool is_count(const JsonField& field) { return field.kind == Kind::kInteger && field.integer >= 0; }
  static bool read(const JsonField& field, std::string& text) {
    text = field.text;
    return field.kind == Kind::kText && text.size() <= Presence::kMaxText;
  }
  static bool read(const JsonField& field, std::uint64_t& count) {
    count = static_cast<std::uint64_t>(field.integer);
    return is_count(field);
  }
  static bool read(const JsonField& field, std::optional<WallTime>& time) {
    if (field.kind == Kind::kText) time = parse_timestamp(field.text);
    return time.has_value();
  }
  bool read_verb(const JsonField& field) {
    if (field.kind != Kind::kText || field.text.size() > Presence::kMaxText) return false;
    if (presence.verbs.size() < Presence::kMaxVerbs) presence.verbs.emplace_back(field.text);
    return true;
  }
};

}  // namespace

void append_presence(JsonObject& json, const Presence& presence) {
  json.text("version", presence.version)
      .number("pid", presence.pid)
      .text("host", presence.host)
      .text("since", format_timestamp(presence.since))
      .texts("verbs", presence.verbs)
      .text("uuid", presence.uuid)
      .flag("command", presence.has_command)
      .count("jobs", presence.jobs)
      .count("running", presence.running)
      .count("queued", presence.queued)
      .count("handled", presence.handled)
      .count("refused", presence.refused)
      .text("clock", format_timestamp(presence.clock));
}

std::string format_presence(const Presence& presence) {
  JsonObject json;
  json.text("destination", presence.destination);
  append_presence(json, presence);
  std::string line = json.line();
  line.pop_back();
  return line;
}

std::optional<Presence> parse_presence(std::string_view json) {
  PresenceReader reader;
  if (!visit_fields(json, reader)) return std::nullopt;
  Presence& presence = reader.presence;
  if (presence.version.empty() || presence.destination.empty() || !reader.clock) return std::nullopt;
  presence.clock = *reader.clock;
  presence.since = reader.since.value_or(presence.clock);
  return std::move(presence);
}

}  // namespace remaphore
