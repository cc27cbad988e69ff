// What we say to a server on one link and it has not taken yet.
#pragma once

#include <cstddef>
#include <string>

#include "io/stream.h"

namespace remaphore {

class SendBuffer {
 public:
  std::string& tail() { return bytes_; }  // append to it
  std::size_t unsent() const { return bytes_.size() - sent_; }
  bool sent_any() const { return sent_any_; }

  // Writes what the stream takes now. False: the link takes no more, for error().
  bool flush(Stream& stream);
  const std::string& error() const { return error_; }  // empty: none

  // There was something left at the last call, on its way or in here, and less is left now: the peer reads. `socket` is
  // the stream's.
  bool progresses(int socket);

 private:
  std::string bytes_;
  std::size_t sent_ = 0;  // of bytes_
  bool sent_any_ = false;
  std::string error_;
  std::size_t left_ = 0;  // bytes that the peer had not acknowledged at the last call of progresses()
};

}  // namespace remaphore
