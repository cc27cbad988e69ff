// The part of Lock that handles the answers to its requests and writes.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/lock_client.h"
#include "app/stream_trouble.h"

namespace remaphore {

using jetstream::Failure;

namespace {

constexpr Duration kTicketTimeout = std::chrono::seconds(5);  // before we have a ticket: a cluster may elect a leader

bool is_permanently_refused(Failure::Kind kind) {
  return kind == Failure::Kind::kOff || kind == Failure::Kind::kNoStream || kind == Failure::Kind::kNoResponders ||
         kind == Failure::Kind::kDenied;
}

}  // namespace

void Lock::Client::take(const StreamClient::Answered& answered) {
  if (info_asked_ == answered.ticket) return take_presence(answered.payload);
  const auto at = asked_.find(answered.ticket);
  if (at == asked_.end()) return;
  const Asked asked = std::move(at->second);
  asked_.erase(at);
  if (is_own_read(asked.kind, asked.id)) {
    if (may_still_come(answered)) return note(answered.payload.error());
    forget_own_reads();
  }
  switch (asked.kind) {
    case Kind::kNewest:
    case Kind::kNext: take_found(asked, answered.payload); break;
    case Kind::kInfo:
    case Kind::kList: take_list(asked.kind, answered.payload); break;
    case Kind::kRead: take_entry(asked.id, answered.payload); break;
    default: take_outcome(asked.id, answered.payload);
  }
  act();
}

void Lock::Client::take_presence(const jetstream::Answer<std::string>& payload) {
  info_asked_.reset();
  const auto info = parse_answer(payload, jetstream::parse_stream_info);
  if (info) return read_gate_.found(codec_.list(*info, options_.name).stream, clock_.monotonic());
  const bool silent = info.error().kind == Failure::Kind::kTimeout;
  silent ? read_gate_.unanswered(clock_.monotonic()) : read_gate_.missing(clock_.monotonic());  // not again at once
  note(info.error());
}

void Lock::Client::take_found(const Asked& asked, const jetstream::Answer<std::string>& payload) {
  const auto message = parse_answer(payload, jetstream::parse_stored_message);
  FoundEntry found;
  if (message) {
    const auto key = codec_.parse_subject(message->subject);
    if (!key || key->name != options_.name) return machine_.find_failed(now());
    found = {key->id, decode(*message, *key)};
  } else if (message.error().kind != Failure::Kind::kNoMessage) {
    note(message.error());
    return machine_.find_failed(now());
  }
  answered_at_ = clock_.monotonic();
  asked.kind == Kind::kNewest ? machine_.newest(found, now()) : machine_.next(asked.from, found, now());
}

// Our own is skipped, and the newest one comes twice.
StoredEntry Lock::Client::decode(const jetstream::StoredMessage& message, const lock_key::Key& key) {
  if (key.id == machine_.own().id()) return {message.sequence, std::nullopt};
  if (message.sequence != decoded_.sequence || message.subject != decoded_.subject || message.data != decoded_.data ||
      message.headers != decoded_.headers) {
    decoded_ = message;
    decoded_entry_ = codec_.decode(message, key);
  }
  return decoded_entry_;
}

void Lock::Client::take_list(Kind kind, const jetstream::Answer<std::string>& payload) {
  const auto info = parse_answer(payload, jetstream::parse_stream_info);
  if (!info) {
    note(info.error());
    return kind == Kind::kInfo ? machine_.find_failed(now()) : machine_.list_failed(now());
  }
  const LockList list = codec_.list(*info, options_.name);
  read_gate_.found(list.stream, clock_.monotonic());
  kind == Kind::kInfo ? machine_.aged(list, now()) : machine_.listed(list, now());
}

void Lock::Client::take_entry(const std::string& id, const jetstream::Answer<std::string>& payload) {
  const auto message = parse_answer(payload, jetstream::parse_stored_message);
  if (message && message->subject == codec_.subject_of(options_.name, id)) {
    answered_at_ = clock_.monotonic();
    return machine_.read(id, codec_.decode(*message, {options_.name, id}), now());
  }
  if (!message && message.error().kind == Failure::Kind::kNoMessage) return machine_.read(id, {}, now());
  if (!message) note(message.error());
  machine_.read_failed(id, now());
}

void Lock::Client::take_outcome(const std::string& id, const jetstream::Answer<std::string>& payload) {
  const auto stored = parse_answer(payload, jetstream::parse_acknowledgement);
  WriteOutcome outcome{WriteOutcome::Kind::kUnknown, 0, {}};
  if (stored && stored->stream == codec_.stream()) {
    answered_at_ = clock_.monotonic();
    outcome = {WriteOutcome::Kind::kStored, stored->sequence, {}};
  } else if (!stored) {
    outcome = outcome_of(stored.error());
  }
  machine_.written(id, outcome, now());
}

WriteOutcome Lock::Client::outcome_of(const Failure& failure) {
  switch (failure.kind) {
    case Failure::Kind::kWrongSequence: return {WriteOutcome::Kind::kRefused, 0, {}};
    case Failure::Kind::kLost:
    case Failure::Kind::kTimeout:
    case Failure::Kind::kMalformed: note(failure); return {WriteOutcome::Kind::kUnknown, 0, {}};
    case Failure::Kind::kNoStream:
    case Failure::Kind::kNoResponders: read_gate_.missing(clock_.monotonic()); break;
    case Failure::Kind::kUnavailable:
    case Failure::Kind::kOther: return {WriteOutcome::Kind::kRejected, 0, trouble(failure), !has_lasted()};
    default: break;
  }
  return {WriteOutcome::Kind::kRejected, 0, trouble(failure)};
}

std::string Lock::Client::trouble(const Failure& failure) const {
  if (failure.kind == Failure::Kind::kFull) {
    return fmt::format("stream {} accepts no more: {}; it forgets each entry ten minutes after its last refresh",
                       codec_.stream(), failure.text);
  }
  return stream_trouble(failure, codec_.stream(), codec_.filter_for(options_.name));
}

// Whether there has been trouble, and nothing else, for long enough to call it final.
bool Lock::Client::has_lasted() const { return clock_.monotonic() - answered_at_ >= kTicketTimeout; }

// No responder means that there are no locks here, unless there were some before.
void Lock::Client::note(const Failure& failure) {
  if (failure.kind == Failure::Kind::kNoStream) read_gate_.missing(clock_.monotonic());
  const bool silent = failure.kind == Failure::Kind::kTimeout && has_lasted();
  if (failure.kind == Failure::Kind::kDenied ||
      (machine_.own().ticket() == 0 && (silent || is_permanently_refused(failure.kind))))
    unavailable(failure);
}

}  // namespace remaphore
