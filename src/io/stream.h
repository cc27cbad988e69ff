// Bytes to and from a connected, non-blocking socket: plain, or through TLS (tls.h).
#pragma once

#include <poll.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace remaphore {

struct Transfer {
  enum class Status { kDone, kAgain, kClosed, kFailed };
  Status status;
  std::size_t size = 0;    // kDone: bytes moved, at least one
  std::string error = {};  // kFailed: why, safe to show
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual Transfer read(std::span<char> into) = 0;
  virtual Transfer write(std::string_view bytes) = 0;
  // What must be ready before retrying after kAgain, in addition to what the caller wants anyway.
  virtual short wanted() const { return 0; }
  // Bytes were read from the socket but not yet returned by read(): do not sleep.
  virtual bool has_buffered() const { return false; }
};

// Does not own `fd`.
class PlainStream : public Stream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}
  Transfer read(std::span<char> into) override;
  Transfer write(std::string_view bytes) override;

 private:
  int fd_;
};

}  // namespace remaphore
