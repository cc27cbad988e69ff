#include "io/stream.h"

#include <errno.h>
#include <sys/socket.h>

#include <cstring>

namespace remaphore {
namespace {

Transfer result_of(ssize_t moved) {
  if (moved > 0) return {Transfer::Status::kDone, static_cast<std::size_t>(moved)};
  if (moved == 0) return {Transfer::Status::kClosed};
  if (errno == EAGAIN || errno == EINTR) return {Transfer::Status::kAgain};
  return {Transfer::Status::kFailed, 0, std::strerror(errno)};
}

}  // namespace

Transfer PlainStream::read(std::span<char> into) {
  return result_of(recv(fd_, into.data(), into.size(), MSG_DONTWAIT));
}

Transfer PlainStream::write(std::string_view bytes) {
  return result_of(send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace remaphore
