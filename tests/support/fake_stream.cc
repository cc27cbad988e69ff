#include "support/fake_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/base64.h"
#include "base/timestamp.h"
#include "jetstream/stream_reader.h"

namespace remaphore::test {
namespace {

std::string failure(int status, int error, std::string_view description) {
  return fmt::format(R"({{"type":"io.nats.jetstream.api.v1.stream_msg_get_response","error":{{"code":{},"err_code":{},)"
                     R"("description":"{}"}}}})",
                     status, error, description);
}

// The number behind `name` in a request, 0 if it is not there.
std::uint64_t number_of(std::string_view body, std::string_view name) {
  const std::size_t at = body.find(name);
  std::uint64_t number = 0;
  if (at != std::string_view::npos) std::from_chars(body.data() + at + name.size(), body.data() + body.size(), number);
  return number;
}

// The text behind `name` in a request, empty if it is not there.
std::string_view text_of(std::string_view body, std::string_view name) {
  const std::string member = fmt::format("\"{}\":\"", name);
  const std::size_t at = body.find(member);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = body.substr(at + member.size());
  return rest.substr(0, rest.find('"'));
}

}  // namespace

std::optional<std::string> FakeStream::take(const Publication& message, WallTime time) {
  const auto keeps = [&](const std::string& pattern) { return jetstream::subject_matches(message.subject, pattern); };
  if (std::none_of(config_.subjects.begin(), config_.subjects.end(), keeps)) return std::nullopt;
  const auto refusal = [this](int code, int error, const std::string& description) {
    return fmt::format(R"({{"error":{{"code":{},"err_code":{},"description":"{}"}},"stream":"{}","seq":0}})", code,
                       error, description, config_.name);
  };
  if (const auto known = ids_.find(message.id); known != ids_.end()) {
    return fmt::format(R"({{"stream":"{}", "seq":{},"duplicate": true}})", config_.name, known->second);
  }
  const std::uint64_t before = last_on(message.subject);
  if (message.expected_sequence && *message.expected_sequence != before) {
    return refusal(400, 10071, fmt::format("wrong last sequence: {}", before));
  }
  if (message.expected_last && *message.expected_last != last_) {
    return refusal(400, 10071, fmt::format("wrong last sequence: {}", last_));
  }
  const bool replaces = before != 0 && config_.max_messages_per_subject == 1;
  const bool full = config_.max_messages >= 0 && messages_.size() >= static_cast<std::size_t>(config_.max_messages);
  if (full && !replaces) {
    if (config_.discard == jetstream::StreamConfig::Discard::kNew) {
      return refusal(503, 10077, "maximum messages exceeded");
    }
    messages_.erase(messages_.begin());
  }
  if (replaces) messages_.erase(before);
  store(message.subject, message.data, time, message.headers);
  if (!message.id.empty()) ids_[std::string(message.id)] = last_;
  return fmt::format(R"({{"stream":"{}", "seq":{}}})", config_.name, last_);
}

std::uint64_t FakeStream::last_on(std::string_view subject) const {
  for (auto one = messages_.rbegin(); one != messages_.rend(); ++one) {
    if (jetstream::subject_matches(one->second.subject, subject)) return one->first;
  }
  return 0;
}

std::uint64_t FakeStream::next_on(std::string_view subject, std::uint64_t sequence) const {
  for (auto one = messages_.lower_bound(sequence); one != messages_.end(); ++one) {
    if (jetstream::subject_matches(one->second.subject, subject)) return one->first;
  }
  return 0;
}

std::uint64_t FakeStream::store(std::string_view subject, std::string_view data, WallTime time, std::string headers) {
  messages_[++last_] = {std::string(subject), std::string(data), time, std::move(headers)};
  return last_;
}

void FakeStream::make_anew(WallTime created) {
  messages_.clear();
  ids_.clear();
  last_ = 0;
  created_ = created;
}

std::string FakeStream::answer(const jetstream::Request& request) const {
  if (request.subject == "$JS.API.STREAM.INFO." + config_.name) return info(text_of(request.body, "subjects_filter"));
  if (request.subject != "$JS.API.STREAM.MSG.GET." + config_.name) return failure(404, 10059, "stream not found");
  const std::string_view last = text_of(request.body, "last_by_subj");
  const std::string_view next = text_of(request.body, "next_by_subj");
  std::uint64_t sequence = number_of(request.body, "\"seq\":");
  if (!last.empty()) sequence = last_on(last);
  if (!next.empty()) sequence = next_on(next, sequence);
  const auto found = messages_.find(sequence);
  if (found == messages_.end()) return failure(404, 10037, "no message found");
  const Message& message = found->second;
  const std::string headers = message.headers.empty() ? "" : fmt::format(R"("hdrs":"{}",)", base64(message.headers));
  return fmt::format(R"({{"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{{"subject":"{}",)"
                     R"("seq":{},{}"data":"{}","time":"{}"}}}})",
                     message.subject, found->first, headers, base64(message.data), format_timestamp(message.time));
}

std::string FakeStream::info(std::string_view filter) const {
  std::size_t bytes = 0;
  std::string subjects;
  for (const auto& [sequence, message] : messages_) {
    bytes += message.data.size();
    if (filter.empty() || !jetstream::subject_matches(message.subject, filter)) continue;
    subjects += fmt::format(R"({}"{}":1)", subjects.empty() ? "" : ",", message.subject);
  }
  if (!filter.empty()) subjects = fmt::format(R"("subjects":{{{}}},)", subjects);
  const std::uint64_t first = messages_.empty() ? (last_ == 0 ? 0 : last_ + 1) : messages_.begin()->first;
  const WallTime last = messages_.empty() ? created_ : messages_.rbegin()->second.time;
  std::string config = jetstream::config_json(config_);
  config.pop_back();
  return fmt::format(R"({{"type":"io.nats.jetstream.api.v1.stream_info_response","config":{},"created":"{}",)"
                     R"("state":{{"messages":{},"bytes":{},"first_seq":{},"first_ts":"{}",)"
                     R"("last_seq":{},"last_ts":"{}",{}"consumer_count":0}}}})",
                     config, format_timestamp(created_), messages_.size(), bytes, first,
                     messages_.empty() ? "0001-01-01T00:00:00Z" : format_timestamp(messages_.begin()->second.time),
                     last_, format_timestamp(last), subjects);
}

}  // namespace remaphore::test
