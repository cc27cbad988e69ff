// What we say to a server on one link and it has not taken yet. What was sent is given back: it holds at most about four
// times what is unsent, and kKept.
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

  // How many bytes were ever appended, and sent.
  std::uint64_t said() const { return given_back_ + bytes_.size(); }
  std::uint64_t sent() const { return given_back_ + sent_; }

  // Writes what the stream takes now. False: the link takes no more, for error().
  bool flush(Stream& stream);
  const std::string& error() const { return error_; }  // empty: none

  // There was something left at the last call, on its way or in here, and less is left now: the peer reads. `socket` is
  // the stream's.
  bool progresses(int socket);

 private:
  void give_back();

  std::string bytes_;
  std::size_t sent_ = 0;          // of bytes_
  std::uint64_t given_back_ = 0;  // bytes sent and not held any more
  std::string error_;
  std::size_t left_ = 0;  // bytes that the peer had not acknowledged at the last call of progresses()
};

}  // namespace remaphore
