// TLS for a connection whose server asks for it. OpenSSL is in a module of its own, remaphore-tls.so, which is loaded
// on first use: linking it would at least double the time of every start.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "core/config.h"
#include "io/stream.h"

namespace remaphore {

struct TlsFiles {
  std::string ca;    // PEM of the authorities to trust instead of the system's; empty: the system's
  std::string cert;  // PEM of our certificate chain; empty: none
  std::string key;   // PEM of its key

  bool operator==(const TlsFiles&) const = default;
  bool any() const { return !ca.empty() || !cert.empty() || !key.empty(); }
};

TlsFiles tls_files(const Config& config);

// Whether the TLS that the config asks for is usable. Errc::kConfig: names a file that cannot be used, or the module is
// missing. Loads nothing if the config asks for no TLS.
Result<void> check_tls(const Config& config);

class TlsStream : public Stream {
 public:
  // Starts a session on `fd`, which it does not own. The server has to prove that it is `host` (a name or an address).
  // The files are read again.
  // Errc::kConnection: no module, unusable files.
  static Result<std::unique_ptr<TlsStream>> start(int fd, const std::string& host, const TlsFiles& files);
  // kDone once both sides agree; kAgain: wait for wanted().
  virtual Transfer handshake() = 0;
  // When the server's certificate expires, in Unix seconds; 0 before kDone.
  virtual std::int64_t peer_expires() const = 0;
};

}  // namespace remaphore
