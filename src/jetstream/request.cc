#include "jetstream/request.h"

#include <utility>

#include "base/json_text.h"

namespace remaphore::jetstream {
namespace {

Request about(std::string_view verb, std::string_view stream, std::string body = {}) {
  std::string subject = "$JS.API.STREAM.";
  subject.reserve(subject.size() + verb.size() + 1 + stream.size());
  subject += verb;
  subject += '.';
  subject += stream;
  return {std::move(subject), std::move(body)};
}

}  // namespace

std::string stream_name(std::string_view subject) {
  std::string name(subject);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '.' || c == '/' || c == '\\') c = '_';
  }
  return name;
}

std::string lock_stream_name(std::string_view subject) { return stream_name(subject) + "_LOCKS"; }

Request stream_info(std::string_view stream) { return about("INFO", stream); }

Request stream_info(std::string_view stream, std::string_view subjects) {
  return about("INFO", stream, JsonObject().text("subjects_filter", subjects).line());
}

Request message_at(std::string_view stream, std::uint64_t sequence) {
  return about("MSG.GET", stream, "{\"seq\":" + std::to_string(sequence) + "}\n");  // one for each message that is read
}

Request last_message_on(std::string_view stream, std::string_view subject) {
  return about("MSG.GET", stream, JsonObject().text("last_by_subj", subject).line());
}

Request next_message_on(std::string_view stream, std::string_view subject, std::uint64_t sequence) {
  return about("MSG.GET", stream, JsonObject().count("seq", sequence).text("next_by_subj", subject).line());
}

Request create_stream(const StreamConfig& config) { return about("CREATE", config.name, config_json(config)); }
Request update_stream(const StreamConfig& config) { return about("UPDATE", config.name, config_json(config)); }

}  // namespace remaphore::jetstream
