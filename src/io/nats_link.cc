#include "io/nats_link.h"

#include <algorithm>
#include <utility>

namespace remaphore {
namespace {

constexpr std::size_t kFirstRead = 4096;  // until one was full: a sender never needs more
constexpr std::size_t kLinkReadAtOnce = std::size_t{64} << 10;
constexpr std::size_t kBudget = std::size_t{1} << 20;

}  // namespace

NatsLink::NatsLink(Descriptor socket, bool greeted, const Clock& clock)
    : clock_(clock),
      socket_(std::move(socket)),
      stream_(std::make_unique<PlainStream>(socket_.get())),
      readable_(greeted),
      room_(kFirstRead),
      budget_(kBudget),
      heard_at_(clock.monotonic()) {}

Result<void> NatsLink::start_tls(const std::string& host, const TlsFiles& files) {
  auto tls = TlsStream::start(socket_.get(), host, files);
  if (!tls) return pass_on(tls);
  handshake_ = tls->get();
  stream_ = std::move(*tls);
  return {};
}

Transfer NatsLink::shake_hands() {
  Transfer step = handshake_->handshake();
  if (step.status != Transfer::Status::kDone) return step;
  peer_expires_ = handshake_->peer_expires();
  handshake_ = nullptr;
  encrypted_ = readable_ = true;
  return step;
}

Result<std::optional<nats::Op>> NatsLink::next() {
  while (true) {
    auto op = parser_.next();
    if (!op || *op) return op;
    const auto came = fill();
    if (!came) return pass_on(came);
    if (!*came) return std::optional<nats::Op>();
  }
}

Result<bool> NatsLink::fill() {
  if (!readable_ || budget_ == 0) return false;
  const std::span<char> room = parser_.writable(room_);
  const Transfer got = stream_->read(room);
  switch (got.status) {
    case Transfer::Status::kDone:
      has_heard_ = true;
      last_read_empty_ = false;
      arrival_ = clock_.now();
      heard_at_ = clock_.monotonic();
      parser_.commit(got.size);
      budget_ -= std::min(budget_, got.size);
      if (got.size >= room.size()) {
        room_ = kLinkReadAtOnce;
      } else if (!stream_->has_buffered()) {
        readable_ = false;  // the socket is empty
      }
      return true;
    case Transfer::Status::kAgain:
      readable_ = false;
      last_read_empty_ = true;
      if (!out_.error().empty()) return fail(Errc::kConnection, out_.error());
      return false;
    case Transfer::Status::kClosed:
      heard_at_ = clock_.monotonic();
      return fail(Errc::kConnection, "the server closed the connection");
    case Transfer::Status::kFailed: break;
  }
  return fail(Errc::kConnection, got.error);
}

void NatsLink::prepare(PollSet& set) {
  if (shakes_hands()) {
    const short wanted = handshake_->wanted();
    return set.add(socket_.get(), wanted == 0 ? short{POLLOUT} : wanted);
  }
  // After an error, reading shows what happened, perhaps with the server's own reason.
  if (!out_.flush(*stream_)) readable_ = true;
  const int out = out_.unsent() > 0 ? POLLOUT : 0;
  set.add(socket_.get(), static_cast<short>(POLLIN | out | stream_->wanted()));
  if (readable_ || stream_->has_buffered()) set.wake_at(MonotonicTime::min());
}

void NatsLink::dispatch(const PollSet& set) {
  budget_ = kBudget;
  if (shakes_hands()) return;
  if ((set.ready(socket_.get()) & (POLLIN | POLLHUP | POLLERR)) != 0 || stream_->has_buffered()) readable_ = true;
}

}  // namespace remaphore
