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
  return send(std::move(request.subject), {.subject = {}, .payload = request.body}, SeenBy::kServer, timeout);
}

StreamClient::Ticket StreamClient::publish(const Message& message, Duration timeout) {
  std::vector<Header> headers;
  if (!message.message_id.empty()) headers.push_back({"Nats-Msg-Id", message.message_id});
  std::string expected;
  if (message.expected_sequence) {
    expected = fmt::format("{}", *message.expected_sequence);
    headers.push_back({"Nats-Expected-Last-Subject-Sequence", expected});
  }
  std::string last;
  if (message.expected_last) {
    last = fmt::format("{}", *message.expected_last);
    headers.push_back({"Nats-Expected-Last-Sequence", last});
  }
  const Outgoing outgoing{.subject = {}, .headers = headers, .payload = message.payload};
  return send(std::string(message.subject), outgoing, SeenBy::kSubscribers, timeout);
}

// `message` lacks its subjects.
StreamClient::Ticket StreamClient::send(std::string subject, Outgoing message, SeenBy seen_by, Duration timeout) {
  const Ticket ticket = ++last_ticket_;
  const std::size_t size = message.payload.size() + (message.headers.empty() ? 0 : header::kMaxBlockBytes);
  if (!link_) {
    answer(ticket, Kind::kLost, "there is no connection");
  } else if (size > bus().max_payload()) {
    answer(ticket, Kind::kTooLarge,
           fmt::format("the message is too large: {} bytes with its headers; the server takes at most {} (max_payload)",
                       size, bus().max_payload()));
  } else {
    const Deadline deadline = deadline_after(clock_.monotonic(), timeout);
    link_->none_before = earlier(link_->none_before, deadline);
    Inbox& inbox = free_inbox(seen_by);
    inbox.awaited_by = ticket;
    const Pending& pending = link_->pending.add(ticket, {std::move(subject), timeout, deadline, &inbox});
    message.subject = pending.subject;
    message.reply_to = inbox.name;
    bus().publish(message);
  }
  return ticket;
}

// Their number grows to the largest number of concurrent requests, plus one per acknowledgement.
StreamClient::Inbox& StreamClient::free_inbox(SeenBy seen_by) {
  if (seen_by == SeenBy::kServer && !link_->free.empty()) {
    Inbox& inbox = *link_->free.back();
    link_->free.pop_back();
    return inbox;
  }
  if (link_->prefix.empty()) link_->prefix = bus().inbox_prefix();
  if (link_->prefix.empty()) link_->prefix = "_INBOX";  // a server that identifies nobody
  const std::uint64_t number = ++last_inbox_;
  std::string name =
      fmt::format("{}.{}-{}", link_->prefix, seen_by == SeenBy::kServer ? hidden_ : random_name(), number);
  const SubscriptionId subscription = bus().subscribe(*this, name);
  return link_->inboxes.emplace(number, Inbox{number, std::move(name), seen_by, subscription}).first->second;
}

// An answer may still come there.
void StreamClient::retire(const Inbox& inbox) {
  bus().unsubscribe(inbox.subscription);
  link_->inboxes.erase(inbox.number);
}

void StreamClient::forget(Ticket ticket) {
  if (const auto pending = link_ ? link_->pending.take(ticket) : std::nullopt) retire(*pending->inbox);
  std::erase_if(answered_, [ticket](const Answered& one) { return one.ticket == ticket; });
}

void StreamClient::forget_all() {
  answered_.clear();
  if (!link_) return;
  for (const auto& [number, inbox] : link_->inboxes) bus().unsubscribe(inbox.subscription);
  link_.emplace();
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
  return unanswered() == 0 ? Deadline() : link_->none_before;
}

void StreamClient::expire() {
  const MonotonicTime now = clock_.monotonic();
  if (!link_ || !passed(link_->none_before, now)) return;
  link_->none_before.reset();
  std::vector<Ticket> late;
  for (const auto& [ticket, pending] : link_->pending) {
    if (passed(pending.deadline, now)) {
      late.push_back(ticket);
    } else {
      link_->none_before = earlier(link_->none_before, pending.deadline);
    }
  }
  for (const Ticket ticket : late) {
    const Duration timeout = link_->pending.find(ticket)->timeout;
    fail(ticket, Kind::kTimeout, fmt::format("no answer within {}", format_duration(timeout)));
  }
}

// The inbox of this name, if an answer is awaited there.
StreamClient::Inbox* StreamClient::awaited(std::string_view subject) {
  if (!link_) return nullptr;
  const std::size_t before = link_->prefix.size() + 1 + hidden_.size() + 1;
  if (subject.size() <= before) return nullptr;
  std::uint64_t number = 0;
  std::from_chars(subject.data() + before, subject.data() + subject.size(), number);
  const auto found = link_->inboxes.find(number);
  if (found == link_->inboxes.end() || found->second.awaited_by == kNoTicket) return nullptr;
  return subject == found->second.name ? &found->second : nullptr;
}

void StreamClient::opened() { link_.emplace(); }

void StreamClient::delivered(const Delivery& message) {
  Inbox* const inbox = awaited(message.subject);
  if (inbox == nullptr) return;  // a second answer
  const Ticket ticket = std::exchange(inbox->awaited_by, kNoTicket);
  link_->pending.take(ticket);
  if (message.status == kNobodyListens) {
    answer(ticket, Kind::kNoResponders, "no responders");
  } else {
    answered_.push_back({ticket, std::string(message.payload)});
  }
  // Last: the message is the bus's until it is called.
  inbox->seen_by == SeenBy::kServer ? link_->free.push_back(inbox) : retire(*inbox);
}

void StreamClient::denied(const Denial& denial) {
  if (denial.of == Denial::Of::kSubscription) {
    if (const Inbox* const inbox = awaited(denial.subject)) fail(inbox->awaited_by, Kind::kDenied, denial.text);
  }
  if (!link_ || denial.of != Denial::Of::kPublication) return;
  std::vector<Ticket> tickets;
  for (const auto& [ticket, pending] : link_->pending) {
    if (pending.subject == denial.subject) tickets.push_back(ticket);
  }
  for (const Ticket ticket : tickets) fail(ticket, Kind::kDenied, denial.text);
}

void StreamClient::lost(const LinkLost& loss) { end_link(loss.reason); }

void StreamClient::refused(const std::string& why) { end_link(why); }

void StreamClient::end_link(const std::string& why) {
  if (!link_) return;
  for (const auto& [ticket, pending] : link_->pending) answer(ticket, Kind::kLost, why);
  link_.reset();
}

void StreamClient::fail(Ticket ticket, Kind kind, std::string text) {
  if (const auto pending = link_->pending.take(ticket)) retire(*pending->inbox);
  answer(ticket, kind, std::move(text));
}

void StreamClient::answer(Ticket ticket, Kind kind, std::string text) {
  answered_.push_back({ticket, Unexpected<jetstream::Failure>({kind, std::move(text)})});
}

}  // namespace remaphore
