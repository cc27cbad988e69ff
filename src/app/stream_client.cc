#include "app/stream_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/hex.h"
#include "core/header.h"
#include "core/keys.h"

namespace remaphore {
namespace {

using Kind = jetstream::Failure::Kind;

constexpr int kNobodyListens = 503;

std::string random_name() {
  std::array<std::uint8_t, 16> bytes{};
  keys::random_bytes(bytes);
  return hex::encode(bytes);
}

}  // namespace

StreamClient::StreamClient(const Clock& clock) : clock_(clock), hidden_(random_name()) {}

StreamClient::Ticket StreamClient::ask(jetstream::Request request, Duration timeout) {
  return send(std::move(request.subject), {.subject = {}, .payload = request.body}, false, timeout);
}

StreamClient::Ticket StreamClient::publish(const Publication& publication, Duration timeout) {
  std::vector<Header> headers;
  if (!publication.message_id.empty()) headers.push_back({"Nats-Msg-Id", publication.message_id});
  std::string expected;
  if (publication.expected_sequence) {
    expected = fmt::format("{}", *publication.expected_sequence);
    headers.push_back({"Nats-Expected-Last-Subject-Sequence", expected});
  }
  std::string last;
  if (publication.expected_last) {
    last = fmt::format("{}", *publication.expected_last);
    headers.push_back({"Nats-Expected-Last-Sequence", last});
  }
  const Outgoing message{.subject = {}, .headers = headers, .payload = publication.payload};
  return send(std::string(publication.subject), message, true, timeout);
}

// `message` lacks its subjects.
StreamClient::Ticket StreamClient::send(std::string subject, Outgoing message, bool seen, Duration timeout) {
  const Ticket ticket = ++last_ticket_;
  const Deadline deadline = deadline_after(clock_.monotonic(), timeout);
  Asked& asked = asked_.add(ticket, {std::move(subject), timeout, deadline});
  none_before_ = earlier(none_before_, deadline);
  const std::size_t size = message.payload.size() + (message.headers.empty() ? 0 : header::kMaxBlockBytes);
  if (!open_) {
    fail(ticket, Kind::kLost, "there is no connection");
  } else if (size > bus().max_payload()) {
    fail(ticket, Kind::kTooLarge,
         fmt::format("the message is too large: {} bytes with its headers; the server takes at most {} (max_payload)",
                     size, bus().max_payload()));
  } else {
    asked.inbox = &free_inbox(seen);
    asked.inbox->awaited_by = ticket;
    message.subject = asked.subject;
    message.reply_to = asked.inbox->name;
    bus().publish(message);
  }
  return ticket;
}

// As many as there were requests at a time, and one for each acknowledgement.
StreamClient::Inbox& StreamClient::free_inbox(bool seen) {
  if (!seen && !free_.empty()) {
    Inbox& inbox = *free_.back();
    free_.pop_back();
    return inbox;
  }
  prefix_ = bus().inbox_prefix();
  if (prefix_.empty()) prefix_ = "_INBOX";  // a server that identifies nobody
  const std::uint64_t number = ++last_inbox_;
  std::string name = fmt::format("{}.{}-{}", prefix_, seen ? random_name() : hidden_, number);
  const SubscriptionId subscription = bus().subscribe(*this, name);
  return inboxes_.emplace(number, Inbox{number, std::move(name), seen, subscription}).first->second;
}

// An answer may still come there.
void StreamClient::retire(Inbox* inbox) {
  if (inbox == nullptr) return;
  if (open_) bus().unsubscribe(inbox->subscription);
  inboxes_.erase(inbox->number);
}

void StreamClient::forget(Ticket ticket) {
  if (const auto asked = asked_.take(ticket)) retire(asked->inbox);
  std::erase_if(answered_, [ticket](const Answered& one) { return one.ticket == ticket; });
}

void StreamClient::forget_all() {
  if (open_) {
    for (const auto& [number, inbox] : inboxes_) bus().unsubscribe(inbox.subscription);
  }
  asked_.clear();
  free_.clear();
  inboxes_.clear();
  answered_.clear();
}

std::optional<StreamClient::Answered> StreamClient::next() {
  if (answered_.empty()) expire();
  if (answered_.empty()) return std::nullopt;
  Answered first = std::move(answered_.front());
  answered_.pop_front();
  return first;
}

Deadline StreamClient::wake_at() const {
  if (!answered_.empty()) return clock_.monotonic();
  return asked_.empty() ? Deadline() : none_before_;
}

void StreamClient::expire() {
  const MonotonicTime now = clock_.monotonic();
  if (!passed(none_before_, now)) return;
  none_before_.reset();
  std::vector<Ticket> late;
  for (const auto& [ticket, asked] : asked_) {
    if (passed(asked.deadline, now)) {
      late.push_back(ticket);
    } else {
      none_before_ = earlier(none_before_, asked.deadline);
    }
  }
  for (const Ticket ticket : late) {
    fail(ticket, Kind::kSilent, fmt::format("no answer within {}", format_duration(asked_.find(ticket)->timeout)));
  }
}

// The inbox of this name, if an answer is awaited there.
StreamClient::Inbox* StreamClient::awaited(std::string_view subject) {
  const std::size_t before = prefix_.size() + 1 + hidden_.size() + 1;
  if (subject.size() <= before) return nullptr;
  std::uint64_t number = 0;
  std::from_chars(subject.data() + before, subject.data() + subject.size(), number);
  const auto found = inboxes_.find(number);
  if (found == inboxes_.end() || found->second.awaited_by == kNobody) return nullptr;
  return subject == found->second.name ? &found->second : nullptr;
}

void StreamClient::opened() {
  open_ = true;
  free_.clear();
  inboxes_.clear();
}

void StreamClient::delivered(const BusEvent& message) {
  Inbox* const inbox = awaited(message.subject);
  if (inbox == nullptr) return;  // a second answer
  const Ticket ticket = std::exchange(inbox->awaited_by, kNobody);
  asked_.take(ticket);
  if (message.status == kNobodyListens) {
    answered_.push_back({ticket, Unexpected<jetstream::Failure>({Kind::kNobody, "nobody answers there"})});
  } else {
    answered_.push_back({ticket, std::string(message.payload)});
  }
  inbox->seen ? retire(inbox) : free_.push_back(inbox);  // last: the message is the bus's until it is called
}

void StreamClient::denied(const BusEvent& denial) {
  if (denial.denied == BusEvent::Denied::kSubscription) {
    if (const Inbox* const inbox = awaited(denial.denied_subject)) fail(inbox->awaited_by, Kind::kDenied, denial.text);
  }
  if (denial.denied != BusEvent::Denied::kPublication) return;
  fail_all(Kind::kDenied, denial.text, [&](const Asked& asked) { return asked.subject == denial.denied_subject; });
}

void StreamClient::lost(const BusEvent& loss) {
  open_ = false;
  fail_all(Kind::kLost, loss.text, [](const Asked&) { return true; });
}

void StreamClient::refused(const std::string& why) {
  open_ = false;
  fail_all(Kind::kLost, why, [](const Asked&) { return true; });
}

void StreamClient::fail(Ticket ticket, Kind kind, std::string text) {
  if (const auto asked = asked_.take(ticket)) retire(asked->inbox);
  answered_.push_back({ticket, Unexpected<jetstream::Failure>({kind, std::move(text)})});
}

template <class Affected>
void StreamClient::fail_all(Kind kind, const std::string& text, Affected affected) {
  std::vector<Ticket> tickets;
  for (const auto& [ticket, asked] : asked_) {
    if (affected(asked)) tickets.push_back(ticket);
  }
  for (const Ticket ticket : tickets) fail(ticket, kind, text);
}

}  // namespace remaphore
