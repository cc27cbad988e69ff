#include "app/lock_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include "app/bus_dispatch.h"
#include "app/lock_codec.h"
#include "app/stream_client.h"
#include "app/stream_trouble.h"
#include "base/duration.h"

namespace remaphore {
namespace {

using jetstream::Failure;

constexpr std::size_t kMostReads = 64;                       // reads
constexpr Duration kReadPatience = std::chrono::seconds(2);  // with an answer

// One conversation with the stream, over its own link.
class Inquiry : public BusClient {
 public:
  Inquiry(const LockSurveyPorts& ports, const LockCodec& codec, Duration timeout)
      : ports_(ports), codec_(codec), timeout_(timeout), dispatch_(ports.bus), streams_(ports.clock) {
    dispatch_.attach(streams_);
    dispatch_.attach(*this);
    deadline_ = deadline_after(ports.clock.monotonic(), timeout);
    dispatch_.connect();
  }

  StreamClient& streams() { return streams_; }

  // One question and its answer.
  Result<StreamClient::Answered> ask(const jetstream::Request& request) {
    if (auto connected = connect(); !connected) return Unexpected<Error>(connected.error());
    streams_.ask(request, kReadPatience);
    return next();
  }
  Result<StreamClient::Answered> write(std::string_view subject, std::string_view payload, std::uint64_t expected) {
    if (auto connected = connect(); !connected) return Unexpected<Error>(connected.error());
    streams_.publish({.subject = subject, .payload = payload, .expected_sequence = expected}, kReadPatience);
    return next();
  }

  void lost(const BusEvent& loss) override { reason_ = loss.text; }
  void refused(const std::string& why) override {
    reason_ = why;
    refused_ = true;
  }

  // Waits for the next answer.
  Result<StreamClient::Answered> next() {
    while (true) {
      dispatch_.dispatch();
      if (auto answered = streams_.next()) return std::move(*answered);
      if (auto stop = stopped()) return std::move(*stop);
      ports_.poller.wait(earlier(deadline_, streams_.wake_at()));
    }
  }
  Result<void> connect() {
    while (!streams_.is_open()) {
      dispatch_.dispatch();
      if (streams_.is_open()) break;
      if (auto stop = stopped()) return std::move(*stop);
      ports_.poller.wait(deadline_);
    }
    return {};
  }

  Unexpected<Error> trouble(const Failure& failure) const {
    return fail(Errc::kConnection, stream_trouble(failure, codec_.stream(), codec_.filter_for({})));
  }

 private:
  std::optional<Unexpected<Error>> stopped() const {
    if (refused_) return fail(Errc::kConnection, reason_);
    if (ports_.poller.stop_signal()) return fail(Errc::kConnection, "ended by a signal");
    if (!passed(deadline_, ports_.clock.monotonic())) return std::nullopt;
    return fail(Errc::kConnection, fmt::format("no answer within {}{}{}", format_duration(timeout_),
                                               reason_.empty() ? "" : ": ", reason_));
  }

  const LockSurveyPorts& ports_;
  const LockCodec& codec_;
  const Duration timeout_;
  BusDispatch dispatch_;
  StreamClient streams_;
  Deadline deadline_;
  std::string reason_;
  bool refused_ = false;
};

Result<jetstream::StreamInfo> ask_for_list(Inquiry& inquiry, const LockCodec& codec, const std::string& name) {
  while (true) {
    auto answered = inquiry.ask(jetstream::stream_info(codec.stream(), codec.filter_for(name)));
    if (!answered) return Unexpected<Error>(answered.error());
    auto info = parse_answer(answered->payload, jetstream::parse_stream_info);
    if (info) return std::move(*info);
    if (info.error().kind != Failure::Kind::kLost) return inquiry.trouble(info.error());
  }
}

class Rows {
 public:
  Rows(Inquiry& inquiry, const LockCodec& codec, const jetstream::StreamInfo& info)
      : inquiry_(inquiry), codec_(codec), stream_(microseconds(info.created)) {
    for (const std::string& subject : info.kept) {
      if (codec.parse_subject(subject)) wanted_.push_back(subject);
    }
  }

  Result<LockSurvey> read() {
    while (true) {
      if (auto connected = inquiry_.connect(); !connected) return Unexpected<Error>(connected.error());
      ask();
      if (asked_.empty()) return sorted();
      auto answered = inquiry_.next();
      if (!answered) return Unexpected<Error>(answered.error());
      const auto at = asked_.find(answered->ticket);
      if (at == asked_.end()) continue;
      const std::string subject = std::exchange(at->second, {});
      asked_.erase(at);
      const auto message = parse_answer(answered->payload, jetstream::parse_stored_message);
      if (message) {
        if (message->subject == subject) take(*message);
      } else if (message.error().kind == Failure::Kind::kLost) {
        wanted_.push_back(subject);
      } else if (message.error().kind != Failure::Kind::kNoMessage) {
        return inquiry_.trouble(message.error());
      }
    }
  }

 private:
  void ask() {
    for (; !wanted_.empty() && asked_.size() < kMostReads; wanted_.pop_front()) {
      const auto request = jetstream::last_message_on(codec_.stream(), wanted_.front());
      asked_[inquiry_.streams().ask(request, kReadPatience)] = wanted_.front();
    }
  }

  void take(const jetstream::StoredMessage& message) {
    const auto key = codec_.parse_subject(message.subject);
    StoredEntry stored = codec_.decode(message, *key);
    if (!stored.entry) {
      ++survey_.unverified;
      return;
    }
    if (stored.entry->state == LockEntry::State::kGone) return;
    const LockPlace place = place_of(*stored.entry, stored.sequence, stream_);
    LockRow row{key->name,     key->id,     place.ticket, stored.sequence, std::move(*stored.entry),
                stored.signer, message.time};
    places_[row.id] = place;
    survey_.rows.push_back(std::move(row));
  }

  LockSurvey sorted() {
    std::sort(survey_.rows.begin(), survey_.rows.end(), [this](const LockRow& a, const LockRow& b) {
      const bool a_waits = a.entry.state == LockEntry::State::kWait, b_waits = b.entry.state == LockEntry::State::kWait;
      const auto first = std::tie(a.name, a_waits), second = std::tie(b.name, b_waits);
      if (first != second) return first < second;
      return comes_before(places_[a.id], a.id, places_[b.id], b.id, stream_);
    });
    return std::move(survey_);
  }

  Inquiry& inquiry_;
  const LockCodec& codec_;
  const std::int64_t stream_;  // when it was created, microseconds
  std::deque<std::string> wanted_;
  std::map<StreamClient::Ticket, std::string> asked_;
  std::map<std::string, LockPlace> places_;
  LockSurvey survey_;
};

LockEntry broken(const LockRow& row) {
  LockEntry entry = row.entry;
  entry.took = entry.state == LockEntry::State::kHeld;
  entry.state = LockEntry::State::kGone;
  entry.broken = true;
  entry.by = lock_key::random_id();
  entry.ticket = row.ticket;
  entry.after = row.sequence;
  entry.before = 0;
  return entry;
}

}  // namespace

Result<LockSurvey> survey_locks(const std::string& name, const Config& config, const LockSurveyPorts& ports,
                                Duration timeout) {
  const LockCodec codec(config, nullptr, ports.clock);
  Inquiry inquiry(ports, codec, timeout);
  const auto info = ask_for_list(inquiry, codec, name);
  if (!info) return Unexpected<Error>(info.error());
  return Rows(inquiry, codec, *info).read();
}

Result<void> break_lock(LockRow row, const Identity& identity, const Config& config, const LockSurveyPorts& ports,
                        Duration timeout) {
  constexpr int kTries = 10;  // its owner may refresh it between our read and our write
  const LockCodec codec(config, &identity, ports.clock);
  Inquiry inquiry(ports, codec, timeout);
  const std::string subject = codec.subject_of(row.name, row.id);
  for (int i = 0; i < kTries; ++i) {
    const auto message = inquiry.ask(jetstream::last_message_on(codec.stream(), subject));
    if (!message) return Unexpected<Error>(message.error());
    const auto read = parse_answer(message->payload, jetstream::parse_stored_message);
    if (!read && read.error().kind != Failure::Kind::kNoMessage) return inquiry.trouble(read.error());
    StoredEntry stored = read ? codec.decode(*read, {row.name, row.id}) : StoredEntry{};
    if (!stored.entry || stored.entry->state == LockEntry::State::kGone) {
      return fail(Errc::kRuntime, fmt::format("{}/{} is already gone", row.name, row.ticket));
    }
    if (stored.entry->state == LockEntry::State::kHeld && row.entry.state == LockEntry::State::kWait) {
      return fail(Errc::kRuntime,
                  fmt::format("{}/{} holds the lock by now; to end its command, break it again", row.name, row.ticket));
    }
    row.sequence = stored.sequence;
    row.entry = std::move(*stored.entry);
    const auto answered = inquiry.write(subject, codec.encode(broken(row), row.name, row.id, identity), row.sequence);
    if (!answered) return Unexpected<Error>(answered.error());
    const auto written = parse_answer(answered->payload, jetstream::parse_acknowledgement);
    if (written) return {};
    if (written.error().kind != Failure::Kind::kWrongSequence) return inquiry.trouble(written.error());
  }
  return fail(Errc::kRuntime, fmt::format("{}/{} changes faster than it can be broken", row.name, row.ticket));
}

}  // namespace remaphore
