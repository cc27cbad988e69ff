#include "app/lock_inquiry.h"

#include <fmt/format.h>

#include <utility>

#include "app/stream_trouble.h"
#include "base/duration.h"

namespace remaphore {

LockInquiry::LockInquiry(const BusPorts& ports, const LockCodec& codec, Duration timeout)
    : ports_(ports), codec_(codec), timeout_(timeout), dispatch_(ports.bus), streams_(ports.clock) {
  dispatch_.attach(streams_);
  dispatch_.attach(*this);
  deadline_ = deadline_after(ports.clock.monotonic(), timeout);
  dispatch_.connect();
}

Result<StreamClient::Answered> LockInquiry::ask(const jetstream::Request& request) {
  if (auto connected = connect(); !connected) return pass_on(connected);
  streams_.ask(request, kTimeout);
  return next();
}

Result<StreamClient::Answered> LockInquiry::write(std::string_view subject, std::string_view payload,
                                                  std::uint64_t expected) {
  if (auto connected = connect(); !connected) return pass_on(connected);
  streams_.publish({.subject = subject, .payload = payload, .expected_sequence = expected}, kTimeout);
  return next();
}

template <class Met, class Wake>
Result<void> LockInquiry::await(Met met, Wake wake) {
  bool is_met = false;
  const auto turn = [&] {
    dispatch_.dispatch();
    is_met = met();
    return is_met || refused_;
  };
  const Ended ended = take_turns(ports_.clock, ports_.poller, turn, wake, deadline_);
  if (is_met) return {};
  return why(ended);
}

Result<StreamClient::Answered> LockInquiry::next() {
  std::optional<StreamClient::Answered> answered;
  const auto came = [&] { return (answered = streams_.next()).has_value(); };
  const auto awaited = await(came, [this] { return streams_.wake_at(); });
  if (!awaited) return pass_on(awaited);
  return std::move(*answered);
}

Result<void> LockInquiry::connect() {
  if (streams_.is_open()) return {};
  return await([this] { return streams_.is_open(); }, never);
}

void LockInquiry::watch(std::string_view subject) {
  watched_ = subject;
  if (streams_.is_open()) opened();
}

void LockInquiry::opened() {
  if (!watched_.empty()) dispatch_.subscribe(*this, watched_);
}

Result<void> LockInquiry::await_message(MonotonicTime until) {
  const auto met = [&] { return std::exchange(heard_, false) || ports_.clock.monotonic() >= until; };
  return await(met, [until] { return until; });
}

Unexpected<Error> LockInquiry::trouble(const jetstream::Failure& failure) const {
  return fail(Errc::kConnection, stream_trouble(failure, codec_.stream(), codec_.filter_for({})));
}

void LockInquiry::refused(const std::string& why) {
  reason_ = why;
  refused_ = true;
}

Unexpected<Error> LockInquiry::why(Ended ended) const {
  if (ended == Ended::kDone) return fail(Errc::kConnection, reason_);  // refused
  if (ended == Ended::kStopped) return fail(Errc::kConnection, "ended by a signal");
  return fail(Errc::kConnection,
              fmt::format("no answer within {}{}{}", format_duration(timeout_), reason_.empty() ? "" : ": ", reason_));
}

}  // namespace remaphore
