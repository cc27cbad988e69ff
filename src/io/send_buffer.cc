#include "io/send_buffer.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <utility>

namespace remaphore {

bool SendBuffer::flush(Stream& stream) {
  while (unsent() > 0 && error_.empty()) {
    const Transfer sent = stream.write(std::string_view(bytes_).substr(sent_));
    if (sent.status == Transfer::Status::kAgain) return true;
    if (sent.status != Transfer::Status::kDone) {
      error_ = sent.error.empty() ? "it takes no more" : sent.error;
      return false;
    }
    sent_ += sent.size;
    sent_any_ = true;
  }
  if (!error_.empty()) return false;
  bytes_.clear();
  sent_ = 0;
  return true;
}

bool SendBuffer::progresses(int socket) {
  int in_kernel = 0;
  if (ioctl(socket, SIOCOUTQ, &in_kernel) != 0) return false;
  const std::size_t left = static_cast<std::size_t>(in_kernel) + unsent();
  return std::exchange(left_, left) > left;
}

}  // namespace remaphore
