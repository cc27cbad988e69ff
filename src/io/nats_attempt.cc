#include "io/nats_attempt.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace remaphore {

NatsAttempt::NatsAttempt(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), where_(options_.server.display()) {
  dialer_.emplace(options_.server, options_.ends, clock_);
  if (dialer_->done()) dialed();
}

void NatsAttempt::dialed() {
  auto socket = dialer_->take();
  const bool greeted = dialer_->has_greeting();
  dialer_.reset();
  if (!socket) return fail(std::move(socket.error().message));
  link_.emplace(std::move(*socket), greeted, clock_);
  read_greeting();
}

void NatsAttempt::read_greeting() {
  const auto op = link_->next();
  if (!op) return cannot_connect(op.error().message);
  if (!*op) return;
  const auto& [kind, text] = std::pair((*op)->kind, (*op)->text);
  if (kind == nats::Op::Kind::kError) {
    return cannot_connect(fmt::format("the server {} says {}", where_, quote(text)));
  }
  if (kind != nats::Op::Kind::kInfo) return cannot_connect("the server did not greet with INFO");
  auto info = nats::parse_server_info(text);
  if (!info) return cannot_connect(info.error().message);
  info_ = std::move(*info);
  greeted();
}

void NatsAttempt::greeted() {
  if (info_->lame_duck && options_.passes_lame) return fail(fmt::format("{} is shutting down", where_));
  const bool want_tls = options_.server.tls || options_.tls.any();
  if (want_tls && !info_->tls_required && !info_->tls_available) {
    return fail(fmt::format("{} offers no TLS, which the config demands", where_));
  }
  if (!want_tls && !info_->tls_required) {
    succeeded_ = true;
    return;
  }
  if (link_->has_part_of_operation()) return fail(fmt::format("{} spoke before the TLS handshake", where_));
  const auto tls = link_->start_tls(options_.server.host, options_.tls);
  if (!tls) failure_ = {tls.error().message, true};  // no module, unusable files
}

void NatsAttempt::shake_hands() {
  const Transfer step = link_->shake_hands();
  if (step.status == Transfer::Status::kAgain) return;
  succeeded_ = step.status == Transfer::Status::kDone;
  if (succeeded_) return;
  fail(fmt::format("TLS handshake with {} failed: {}", where_,
                   step.error.empty() ? "the server closed the connection" : step.error));
}

void NatsAttempt::cannot_connect(std::string_view why) { fail(fmt::format("cannot connect to {}: {}", where_, why)); }

void NatsAttempt::prepare(PollSet& set) {
  if (dialer_) return dialer_->prepare(set);
  link_->prepare(set);
  set.wake_at(options_.ends);
}

void NatsAttempt::dispatch(const PollSet& set) {
  if (dialer_) {
    dialer_->dispatch(set);
    if (dialer_->done()) dialed();
  } else {
    link_->dispatch(set);
    link_->shakes_hands() ? shake_hands() : read_greeting();
  }
  if (!done() && clock_.monotonic() >= options_.ends) fail(fmt::format("{} does not answer", where_));
}

}  // namespace remaphore
