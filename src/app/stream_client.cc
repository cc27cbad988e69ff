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

StreamClient::StreamClient(const Clock& clock) : clock_(clock), own_(random_name()) {}

StreamClient::Ticket StreamClient::ask(const jetstream::Request& request, Duration timeout) {
  return send({.subject = request.subject, .payload = request.body}, timeout);
}

StreamClient::Ticket StreamClient::publish(const Publication& publication, Duration timeout) {
  std::vector<Header> headers;
  if (!publication.message_id.empty()) headers.push_back({"Nats-Msg-Id", publication.message_id});
  std::string expected;
  if (publication.expected_sequence) {
    expected = fmt::format("{}", *publication.expected_sequence);
    headers.push_back({"Nats-Expected-Last-Subject-Sequence", expected});
  }
  return send({.subject = publication.subject, .headers = headers, .payload = publication.payload}, timeout);
}

StreamClient::Ticket StreamClient::send(Outgoing message, Duration timeout) {
  const Ticket ticket = ++last_ticket_;
  asked_[ticket] = {std::string(message.subject), timeout, deadline_after(clock_.monotonic(), timeout)};
  const std::size_t size = message.payload.size() + (message.headers.empty() ? 0 : header::kMaxBlockBytes);
  if (!open_) {
    fail(ticket, Kind::kLost, "there is no connection");
  } else if (size > bus().max_payload()) {
    fail(ticket, Kind::kTooLarge,
         fmt::format("the message is too large: {} bytes with its headers, the server takes {} (max_payload)", size,
                     bus().max_payload()));
  } else {
    subscribe();
    const std::string reply_to = fmt::format("{}.{}-{}", inbox_, own_, ticket);
    message.reply_to = reply_to;
    bus().publish(message);
  }
  return ticket;
}

// At the first request over a link: who asks nothing does not hear the answers to other processes either.
void StreamClient::subscribe() {
  if (std::exchange(subscribed_, true)) return;
  inbox_ = bus().inbox_prefix();
  if (inbox_.empty()) inbox_ = "_INBOX." + own_;  // a server that identifies nobody
  subscription_ = bus().subscribe(*this, inbox_pattern());
}

void StreamClient::forget(Ticket ticket) {
  asked_.erase(ticket);
  std::erase_if(answered_, [ticket](const Answered& one) { return one.ticket == ticket; });
}

void StreamClient::rest() {
  asked_.clear();
  answered_.clear();
  if (open_ && std::exchange(subscribed_, false)) bus().unsubscribe(subscription_);
}

std::optional<StreamClient::Answered> StreamClient::next() {
  expire();
  if (answered_.empty()) return std::nullopt;
  Answered first = std::move(answered_.front());
  answered_.pop_front();
  return first;
}

Deadline StreamClient::wake_at() const {
  if (!answered_.empty()) return clock_.monotonic();
  Deadline first;
  for (const auto& [ticket, asked] : asked_) first = earlier(first, asked.deadline);
  return first;
}

void StreamClient::expire() {
  const MonotonicTime now = clock_.monotonic();
  std::vector<Ticket> late;
  for (const auto& [ticket, asked] : asked_) {
    if (passed(asked.deadline, now)) late.push_back(ticket);
  }
  for (const Ticket ticket : late) {
    fail(ticket, Kind::kSilent, fmt::format("no answer within {}", format_duration(asked_[ticket].timeout)));
  }
}

std::optional<StreamClient::Ticket> StreamClient::ticket_of(std::string_view subject) const {
  const std::size_t before = inbox_.size() + 1 + own_.size() + 1;
  if (subject.size() <= before || subject.substr(inbox_.size() + 1, own_.size()) != own_) return std::nullopt;
  Ticket ticket = 0;
  const char* const end = subject.data() + subject.size();
  const auto [rest, error] = std::from_chars(subject.data() + before, end, ticket);
  if (error != std::errc() || rest != end || !asked_.contains(ticket)) return std::nullopt;
  return ticket;
}

void StreamClient::opened() {
  open_ = true;
  subscribed_ = false;
}

void StreamClient::delivered(const BusEvent& message) {
  const auto ticket = ticket_of(message.subject);
  if (!ticket) return;  // the answer to another process, or one that came too late
  if (message.status == kNobodyListens) return fail(*ticket, Kind::kNobody, "nobody answers there");
  asked_.erase(*ticket);
  answered_.push_back({*ticket, std::string(message.payload)});
}

void StreamClient::denied(const BusEvent& denial) {
  if (denial.denied == BusEvent::Denied::kSubscription && denial.denied_subject == inbox_pattern()) {
    return fail_all(Kind::kDenied, denial.text, [](const Asked&) { return true; });
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
  asked_.erase(ticket);
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
