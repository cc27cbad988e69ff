#include "tls/bounded_socket.h"

#include <errno.h>
#include <sys/socket.h>

#include <algorithm>

namespace remaphore::tls {
namespace {

BoundedSocket& socket_of(BIO* bio) { return *static_cast<BoundedSocket*>(BIO_get_data(bio)); }

bool has_to_wait() { return errno == EAGAIN || errno == EINTR; }

int read_some(BIO* bio, char* into, int size) {
  BoundedSocket& socket = socket_of(bio);
  BIO_clear_retry_flags(bio);
  if (socket.allowance == 0) return BIO_set_retry_read(bio), -1;
  const std::size_t most = std::min(socket.allowance, static_cast<std::size_t>(std::max(size, 0)));
  const ssize_t got = recv(socket.fd, into, most, MSG_DONTWAIT);
  if (got < 0 && has_to_wait()) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (got > 0) socket.allowance -= static_cast<std::size_t>(got);
  return static_cast<int>(got);
}

int write_some(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      send(socket_of(bio).fd, bytes, static_cast<std::size_t>(std::max(size, 0)), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && has_to_wait()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bounded socket");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read(method, read_some);
  BIO_meth_set_write(method, write_some);
  BIO_meth_set_ctrl(method, control);
  return method;
}

}  // namespace

BIO* bio_over(BoundedSocket& socket) {
  static BIO_METHOD* const method = make_method();  // for all sessions of the process
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace remaphore::tls
