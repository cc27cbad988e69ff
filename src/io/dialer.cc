#include "io/dialer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/redact.h"
#include "base/text.h"

namespace remaphore {

Dialer::Dialer(const nats::ServerList& servers, Duration whole, Wake wake, Lookups& lookups, const Clock& clock)
    : servers_(servers),
      whole_(whole),
      wake_(wake),
      lookups_(lookups),
      clock_(clock),
      server_(servers.current()),
      source_(servers.current_is_configured() ? Lookups::Source::kConfig : Lookups::Source::kAnnounced),
      where_(server_.display()),
      deadline_(clock.monotonic() + servers.attempt_timeout(whole)) {
  lookups_.start(server_.host, source_);
  if (lookups_.done(server_.host)) resolved();
}

void Dialer::resolved() {
  auto addresses = lookups_.take(server_.host, server_.port);
  looking_up_ = false;
  if (!addresses) return failed(addresses.error().message);
  addresses_ = std::move(*addresses);
  count_ = addresses_.size();
  try_next();
}

void Dialer::next() {
  outcome_.reset();
  has_greeting_ = false;
  try_next();
}

void Dialer::try_next() {
  SocketAddress address = addresses_.front();
  addresses_.erase(addresses_.begin());
  deadline_ = clock_.monotonic() + servers_.attempt_timeout(whole_, count_);
  if (count_ > 1) where_ = fmt::format("{} ({})", server_.display(), address.host());
  socket_.reset(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket_) return failed(fmt::format("no socket for {}: {}", where_, std::strerror(errno)));
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket_.get(), reinterpret_cast<sockaddr*>(&address.storage), address.size) == 0)
    return connected(Greeting::kAwaited);
  if (errno != EINPROGRESS) failed(fmt::format("cannot connect to {}: {}", where_, std::strerror(errno)));
}

void Dialer::failed(std::string why) {
  if (has_more()) return try_next();
  socket_.reset();
  outcome_.emplace(fail(Errc::kConnection, std::move(why)));
}

void Dialer::connected(Greeting greeting) {
  has_greeting_ = greeting == Greeting::kArrived;
  outcome_.emplace(std::move(socket_));
}

void Dialer::prepare(PollSet& set) const {
  set.wake_at(deadline_);
  if (looking_up_) return lookups_.prepare(server_.host, set);
  set.add(socket_.get(), wake_ == Wake::kOnGreeting && !has_more() ? POLLIN : POLLOUT);
}

void Dialer::dispatch(const PollSet& set) {
  if (looking_up_) {
    lookups_.start(server_.host, source_);  // there may have been too many
    if (lookups_.done(server_.host)) return resolved();
    if (clock_.monotonic() < deadline_) return;
    was_silent_ = slow_look_up_ = true;
    return failed(fmt::format("cannot look up {} yet: the name servers are slow to answer",
                              quote(redact(server_.host, Place::kPath))));
  }
  if (const short ready = set.ready(socket_.get())) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return connected((ready & POLLIN) != 0 ? Greeting::kArrived : Greeting::kAwaited);
    return failed(fmt::format("cannot connect to {}: {}", where_, std::strerror(error)));
  }
  if (clock_.monotonic() < deadline_) return;
  was_silent_ = true;
  failed(fmt::format("{} does not answer", where_));
}

}  // namespace remaphore
