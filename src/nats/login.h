// What a client sends to log in to a NATS server, and why the server may have refused it.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "nats/credentials.h"

namespace remaphore::nats {

struct Login {
  std::string_view version;  // ours
  const Credentials& credentials;
  std::string_view nonce;                     // of the INFO; empty: the server asks for no token and no signature
  std::string_view user = {}, password = {};  // of the server's URL
  bool tls = false;                           // the stream is encrypted
};

// Appends CONNECT. The token is sent together with the signature of the nonce.
void write_login(std::string& out, const Login& login);

// What is wrong with credentials that a server has refused, as far as they show it: `; they expired 3h ago` and the
// like. Empty if they look valid.
std::string explain_refusal(const Credentials& credentials, WallTime now);

// Error texts for a refusal, and for a login longer than the server's line limit. `said` and `why` are the server's
// text, safe to show; `file` is the credentials'.
std::string describe_refusal(std::string_view server, std::string_view file, std::string_view said,
                             const Credentials& credentials, WallTime now);
std::string describe_long_login(std::string_view why, std::string_view file, const Credentials& credentials);

}  // namespace remaphore::nats
