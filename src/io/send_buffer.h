// Output to a server on one link that has not been sent yet. Memory of sent bytes is released: it holds at most about
// four times what is unsent, plus kKept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/stream.h"

namespace remaphore {

class SendBuffer {
 public:
  static constexpr std::size_t kKept = std::size_t{256} << 10;  // bytes

  std::string& tail() { return bytes_; }  // append to it
  std::size_t unsent() const { return bytes_.size() - sent_; }
  bool sent_any() const { return given_back_ + sent_ > 0; }
  std::size_t memory() const { return bytes_.capacity(); }

  // Total bytes appended, and sent.
  std::uint64_t appended() const { return given_back_ + bytes_.size(); }
  std::uint64_t sent() const { return given_back_ + sent_; }

  // Writes what the stream accepts now. False: the link accepts no more; error() says why.
  bool flush(Stream& stream);
  const std::string& error() const { return error_; }  // empty: none

  // The peer reads: something was unacknowledged at the last call, in flight or in here, and less is now. `socket` is
  // the stream's.
  bool progresses(int socket);

 private:
  void give_back();

  std::string bytes_;
  std::size_t sent_ = 0;          // of bytes_
  std::uint64_t given_back_ = 0;  // sent bytes no longer held
  std::string error_;
  std::size_t left_ = 0;  // bytes that the peer had not acknowledged at the last call of progresses()
};

}  // namespace remaphore
