#include "support/fake_stream.h"

#include <fmt/format.h>

#include <charconv>

#include "base/base64.h"
#include "base/timestamp.h"

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

}  // namespace

std::uint64_t FakeStream::store(std::string_view subject, std::string_view data, WallTime time) {
  messages_[++last_] = {std::string(subject), std::string(data), time};
  return last_;
}

void FakeStream::make_anew(WallTime created) {
  messages_.clear();
  last_ = 0;
  created_ = created;
}

std::string FakeStream::answer(const jetstream::Request& request) const {
  if (request.subject == "$JS.API.STREAM.INFO." + config_.name) return info();
  if (request.subject != "$JS.API.STREAM.MSG.GET." + config_.name) return failure(404, 10059, "stream not found");
  const auto found = messages_.find(number_of(request.body, "\"seq\":"));
  if (found == messages_.end()) return failure(404, 10037, "no message found");
  return fmt::format(R"({{"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{{"subject":"{}",)"
                     R"("seq":{},"data":"{}","time":"{}"}}}})",
                     found->second.subject, found->first, base64(found->second.data),
                     format_timestamp(found->second.time));
}

std::string FakeStream::info() const {
  std::size_t bytes = 0;
  for (const auto& [sequence, message] : messages_) bytes += message.data.size();
  const std::uint64_t first = messages_.empty() ? (last_ == 0 ? 0 : last_ + 1) : messages_.begin()->first;
  std::string config = jetstream::config_json(config_);
  config.pop_back();
  return fmt::format(R"({{"type":"io.nats.jetstream.api.v1.stream_info_response","config":{},"created":"{}",)"
                     R"("state":{{"messages":{},"bytes":{},"first_seq":{},"first_ts":"0001-01-01T00:00:00Z",)"
                     R"("last_seq":{},"last_ts":"0001-01-01T00:00:00Z","consumer_count":0}}}})",
                     config, format_timestamp(created_), messages_.size(), bytes, first, last_);
}

}  // namespace remaphore::test
