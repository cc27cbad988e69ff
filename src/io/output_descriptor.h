// Writes to standard output or standard error that never wait for the reader, even if other processes write there too.
//
// O_NONBLOCK belongs to the open file description, which the shell and other processes share, and must stay as it is. A
// poll(2) before a blocking write(2) does not help: another process may fill the pipe, or ^S stop the terminal, in
// between. So, by what the descriptor is:
//
//   file, block device, memory device   write(2): takes everything
//   socket                              send(2) with MSG_DONTWAIT
//   pipe, terminal                      opened again through /proc/self/fd, with O_NONBLOCK: a description of our own
//   one that cannot be opened again     (no /proc, another user's), and any other device: write(2) of at most PIPE_BUF
//                                       bytes after poll(2), interrupted by a timer if it takes longer than kMaxWait
//
// What is written at once, up to PIPE_BUF bytes, arrives in one piece in a pipe.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "io/descriptor.h"

namespace remaphore {

class OutputDescriptor {
 public:
  static constexpr std::chrono::milliseconds kMaxWait{2};

  // Does not own `fd`; examines it at first use.
  explicit OutputDescriptor(int fd) : fd_(fd) {}

  struct Taken {
    std::size_t bytes = 0;
    int error = 0;  // errno. Neither: it accepts nothing now
  };
  Taken write(std::string_view bytes);

  int fd() const { return fd_; }
  int writable_fd();  // to poll for POLLOUT
  bool is_terminal();
  bool has_reader();  // one that may be slow or go away; false: a file

 private:
  enum class Kind { kUnknown, kFile, kSocket, kShared, kOther };
  Kind kind();
  // Our own description, opened at the first write. False: there is none.
  bool has_own();

  int fd_;
  Kind kind_ = Kind::kUnknown;
  bool terminal_ = false;
  bool tried_ = false;  // opening it again was tried
  Descriptor own_;
};

}  // namespace remaphore
