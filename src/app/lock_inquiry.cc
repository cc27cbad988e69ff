#include "app/lock_inquiry.h"

#include <fmt/format.h>

#include <utility>

#include "app/stream_trouble.h"
#include "base/duration.h"

namespace remaphore {

LockInquiry::LockInquiry(const LockSurveyPorts& ports, const LockCodec& codec, Duration timeout)
    : ports_(ports), codec_(codec), timeout_(timeout), dispatch_(ports.bus), streams_(ports.clock) {
  dispatch_.attach(streams_);
  dispatch_.attach(*this);
  deadline_ = deadline_after(ports.clock.monotonic(), timeout);
  dispatch_.connect();
}

Result<StreamClient::Answered> LockInquiry::ask(const jetstream::Request& request) {
  if (auto connected = connect(); !connected) return Unexpected<Error>(connected.error());
  streams_.ask(request, kTimeout);
  return next();
}

Result<StreamClient::Answered> LockInquiry::write(std::string_view subject, std::string_view payload,
                                                  std::uint64_t expected) {
  if (auto connected = connect(); !connected) return Unexpected<Error>(connected.error());
  streams_.publish({.subject = subject, .payload = payload, .expected_sequence = expected}, kTimeout);
  return next();
}

Result<StreamClient::Answered> LockInquiry::next() {
  while (true) {
    dispatch_.dispatch();
    if (auto answered = streams_.next()) return std::move(*answered);
    if (auto stop = stopped()) return std::move(*stop);
    ports_.poller.wait(earlier(deadline_, streams_.wake_at()));
  }
}

Result<void> LockInquiry::connect() {
  while (!streams_.is_open()) {
    dispatch_.dispatch();
    if (streams_.is_open()) break;
    if (auto stop = stopped()) return std::move(*stop);
    ports_.poller.wait(deadline_);
  }
  return {};
}

void LockInquiry::watch(std::string_view subject) {
  watched_ = subject;
  if (streams_.is_open()) opened();
}

void LockInquiry::opened() {
  if (!watched_.empty()) dispatch_.subscribe(*this, watched_);
}

Result<void> LockInquiry::await_message(MonotonicTime until) {
  while (true) {
    dispatch_.dispatch();
    if (std::exchange(heard_, false) || ports_.clock.monotonic() >= until) return {};
    if (auto stop = stopped()) return std::move(*stop);
    ports_.poller.wait(earlier(deadline_, until));
  }
}

Unexpected<Error> LockInquiry::trouble(const jetstream::Failure& failure) const {
  return fail(Errc::kConnection, stream_trouble(failure, codec_.stream(), codec_.filter_for({})));
}

void LockInquiry::refused(const std::string& why) {
  reason_ = why;
  refused_ = true;
}

std::optional<Unexpected<Error>> LockInquiry::stopped() const {
  if (refused_) return fail(Errc::kConnection, reason_);
  if (ports_.poller.stop_signal()) return fail(Errc::kConnection, "ended by a signal");
  if (!passed(deadline_, ports_.clock.monotonic())) return std::nullopt;
  return fail(Errc::kConnection,
              fmt::format("no answer within {}{}{}", format_duration(timeout_), reason_.empty() ? "" : ": ", reason_));
}

}  // namespace remaphore
