#include "app/lock_survey.h"

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include "app/lock_codec.h"
#include "app/lock_inquiry.h"

namespace remaphore {
namespace {

using jetstream::Failure;

constexpr std::size_t kMaxReads = 64;  // reads

Result<jetstream::StreamInfo> ask_for_list(LockInquiry& inquiry, const LockCodec& codec, const std::string& name) {
  while (true) {
    auto answered = inquiry.ask(jetstream::stream_info(codec.stream(), codec.filter_for(name)));
    if (!answered) return pass_on(answered);
    auto info = parse_answer(answered->payload, jetstream::parse_stream_info);
    if (info) return std::move(*info);
    if (info.error().kind != Failure::Kind::kLost) return inquiry.trouble(info.error());
  }
}

class Rows {
 public:
  Rows(LockInquiry& inquiry, const LockCodec& codec, const jetstream::StreamInfo& info)
      : inquiry_(inquiry), codec_(codec), stream_(microseconds(info.created)) {
    for (const std::string& subject : info.kept) {
      if (codec.parse_subject(subject)) wanted_.push_back(subject);
    }
  }

  Result<LockSurvey> read() {
    while (true) {
      if (auto connected = inquiry_.connect(); !connected) return pass_on(connected);
      ask();
      if (asked_.empty()) return sorted();
      auto answered = inquiry_.next();
      if (!answered) return pass_on(answered);
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
    for (; !wanted_.empty() && asked_.size() < kMaxReads; wanted_.pop_front()) {
      const auto request = jetstream::last_message_on(codec_.stream(), wanted_.front());
      asked_[inquiry_.streams().ask(request, LockInquiry::kTimeout)] = wanted_.front();
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

  LockInquiry& inquiry_;
  const LockCodec& codec_;
  const std::int64_t stream_;  // when it was created, microseconds
  std::deque<std::string> wanted_;
  std::map<StreamClient::Ticket, std::string> asked_;
  std::map<std::string, LockPlace> places_;
  LockSurvey survey_;
};

}  // namespace

Result<LockSurvey> survey_locks(const std::string& name, const Config& config, const BusPorts& ports,
                                Duration timeout) {
  const LockCodec codec(config, nullptr, ports.clock);
  LockInquiry inquiry(ports, codec, timeout);
  const auto info = ask_for_list(inquiry, codec, name);
  if (!info) return pass_on(info);
  return Rows(inquiry, codec, *info).read();
}

}  // namespace remaphore
