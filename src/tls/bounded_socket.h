// Connects OpenSSL to a socket and bounds how much it may read at a time: whatever a hostile server makes OpenSSL
// skip (hello requests, empty records) ends with the allowance, as if nothing more had arrived.
#pragma once

#include <openssl/bio.h>

#include <cstddef>

namespace remaphore::tls {

struct BoundedSocket {
  static constexpr std::size_t kAllowance = std::size_t{64} << 10;  // bytes; more than the largest record

  int fd;                     // connected; the caller's
  std::size_t allowance = 0;  // left to read
};

// A BIO over `socket`, which must outlive it; never blocks, raises no SIGPIPE. NULL: no memory.
BIO* bio_over(BoundedSocket& socket);

}  // namespace remaphore::tls
