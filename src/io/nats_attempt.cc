#include "io/nats_attempt.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace remaphore {

NatsAttempt::NatsAttempt(const nats::ServerList& servers, Options options, Lookups& lookups, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      server_(servers.current()),
      tls_name_(servers.tls_name()),
      dialer_(servers, options_.whole, wants_tls() ? Dialer::Wake::kOnConnection : Dialer::Wake::kOnGreeting, lookups,
              clock) {
  if (dialer_.done()) dialed();
}

void NatsAttempt::next() {
  link_.reset();
  info_.reset();
  failure_.reset();
  greeted_before_tls_ = nobody_there_ = succeeded_ = false;
  dialer_.next();
  if (dialer_.done()) dialed();
}

void NatsAttempt::dialed() {
  auto socket = dialer_.take();
  if (!socket) {
    nobody_there_ = !dialer_.was_silent();
    return fail(std::move(socket.error().message));
  }
  link_.emplace(std::move(*socket), dialer_.has_greeting(), clock_);
  options_.tls_first ? start_tls() : read_greeting();
}

void NatsAttempt::read_greeting() {
  const auto op = link_->next();
  if (!op) return cannot_connect(op.error().message);
  if (!*op) return;
  const auto& [kind, text] = std::pair((*op)->kind, (*op)->text);
  if (kind == nats::Op::Kind::kError) {
    return cannot_connect(fmt::format("the server {} says {}", where(), quote(text)));
  }
  if (kind != nats::Op::Kind::kInfo) return cannot_connect("the server did not greet with INFO");
  auto info = nats::parse_server_info(text);
  if (!info) return cannot_connect(info.error().message);
  info_ = std::move(*info);
  greeted();
}

void NatsAttempt::greeted() {
  if (const auto wrong = nats::wrong_port(*info_); !wrong.empty()) return cannot_connect(wrong);
  greeted_before_tls_ = !link_->encrypted() && (wants_tls() || info_->tls_required);
  if (!greeted_before_tls_) {
    if (info_->lame_duck && options_.skips_lame_duck) return fail(fmt::format("{} is shutting down", where()));
    succeeded_ = true;
    return;
  }
  info_->connect_urls.clear();
  info_->lame_duck = false;
  if (!info_->tls_required && !info_->tls_available) {
    return fail(fmt::format("{} offers no TLS, which the config requires", where()));
  }
  if (link_->has_part_of_operation()) return fail(fmt::format("{} spoke before the TLS handshake", where()));
  start_tls();
}

// Unusable files are not final: they may be in the middle of a rotation.
void NatsAttempt::start_tls() {
  const auto tls = link_->start_tls(tls_name_, options_.tls);
  if (!tls) fail(fmt::format("no TLS with {}: {}", where(), tls.error().message));
}

void NatsAttempt::shake_hands() {
  const Transfer step = link_->shake_hands();
  if (step.status == Transfer::Status::kAgain) return;
  if (step.status != Transfer::Status::kDone) {
    const std::string as = tls_name_ == server_.host ? "" : fmt::format(" as {}, which announced it,", tls_name_);
    return fail(fmt::format("TLS handshake with {}{} failed: {}{}", where(), as,
                            step.error.empty() ? "the server closed the connection" : step.error,
                            options_.tls_first ? "; tls_first is for servers with handshake_first" : ""));
  }
  if (options_.tls_first) return read_greeting();
  succeeded_ = true;
}

void NatsAttempt::cannot_connect(std::string_view why) {
  fail(fmt::format("cannot connect to {}: {}{}", where(), why, hint()));
}

// Guesses what a server that should have greeted but is silent may be waiting for.
std::string_view NatsAttempt::hint() const {
  if (!wants_tls() || options_.tls_first || info_ || !link_ || link_->has_heard()) return {};
  return "; if it wants TLS before it greets (handshake_first), the config must say tls_first: yes";
}

void NatsAttempt::prepare(PollSet& set) {
  if (!link_) return dialer_.prepare(set);
  link_->prepare(set);
  set.wake_at(deadline());
}

void NatsAttempt::dispatch(const PollSet& set) {
  if (!link_) {
    dialer_.dispatch(set);
    if (dialer_.done()) dialed();
    return;
  }
  link_->dispatch(set);
  link_->shakes_hands() ? shake_hands() : read_greeting();
  if (!done() && clock_.monotonic() >= deadline()) fail(fmt::format("{} does not answer{}", where(), hint()));
}

}  // namespace remaphore
