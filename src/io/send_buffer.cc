#include "io/send_buffer.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <utility>

namespace remaphore {

bool SendBuffer::flush(Stream& stream) {
  while (unsent() > 0 && error_.empty()) {
    const Transfer sent = stream.write(std::string_view(bytes_).substr(sent_));
    if (sent.status == Transfer::Status::kAgain) break;
    if (sent.status != Transfer::Status::kDone) {
      error_ = sent.error.empty() ? "it accepts no more data" : sent.error;
      return false;
    }
    sent_ += sent.size;
  }
  give_back();
  return error_.empty();
}

// Frees in steps of half of what is held, so that each byte is moved once or twice at most.
void SendBuffer::give_back() {
  if (sent_ < bytes_.size() - sent_) return;
  bytes_.erase(0, sent_);
  given_back_ += std::exchange(sent_, 0);
  if (bytes_.capacity() > kKept && bytes_.size() < bytes_.capacity() / 4) bytes_.shrink_to_fit();
}

bool SendBuffer::progresses(int socket) {
  int in_kernel = 0;
  if (ioctl(socket, SIOCOUTQ, &in_kernel) != 0) return false;
  const std::size_t left = static_cast<std::size_t>(in_kernel) + unsent();
  return std::exchange(left_, left) > left;
}

}  // namespace remaphore
