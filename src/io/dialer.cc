#include "io/dialer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace remaphore {

Dialer::Dialer(const ServerAddress& server, MonotonicTime deadline, const Clock& clock)
    : clock_(clock), where_(server.display()), deadline_(deadline), resolver_(std::in_place, server.host, server.port) {
  if (resolver_->done()) resolved();
}

void Dialer::resolved() {
  auto addresses = resolver_->take();
  resolver_.reset();
  if (!addresses) return failed(addresses.error().message);
  addresses_ = std::move(*addresses);
  try_next();
}

void Dialer::try_next() {
  const MonotonicTime now = clock_.monotonic();
  socket_ends_ = now + (deadline_ - now) / static_cast<int>(addresses_.size());
  SocketAddress address = addresses_.front();
  addresses_.erase(addresses_.begin());
  socket_.reset(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket_) return failed(fmt::format("no socket for {}: {}", where_, std::strerror(errno)));
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket_.get(), reinterpret_cast<sockaddr*>(&address.storage), address.size) == 0) return connected(false);
  if (errno != EINPROGRESS) failed(fmt::format("cannot connect to {}: {}", where_, std::strerror(errno)));
}

void Dialer::failed(std::string why) {
  if (!addresses_.empty() && clock_.monotonic() < deadline_) return try_next();
  resolver_.reset();
  socket_.reset();
  outcome_.emplace(fail(Errc::kConnection, std::move(why)));
}

void Dialer::connected(bool has_greeting) {
  has_greeting_ = has_greeting;
  outcome_.emplace(std::move(socket_));
}

void Dialer::prepare(PollSet& set) const {
  if (resolver_) {
    set.add(resolver_->fd(), POLLIN);
    return set.wake_at(deadline_);
  }
  // The server speaks first: with no other address to try, its greeting is worth waking up for, not the connection.
  set.add(socket_.get(), addresses_.empty() ? POLLIN : POLLOUT);
  set.wake_at(socket_ends_);
}

void Dialer::dispatch(const PollSet& set) {
  if (resolver_ && resolver_->done()) return resolved();
  if (!resolver_) {
    if (const short ready = set.ready(socket_.get())) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return connected((ready & POLLIN) != 0);
      return failed(fmt::format("cannot connect to {}: {}", where_, std::strerror(error)));
    }
  }
  if (clock_.monotonic() >= (resolver_ ? deadline_ : socket_ends_)) failed(fmt::format("{} does not answer", where_));
}

}  // namespace remaphore
