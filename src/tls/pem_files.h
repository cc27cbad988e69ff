// Reads the three files of a TLS client, in PEM: bounded, never waiting for a pipe, never asking for a passphrase.
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace remaphore::tls {

inline constexpr std::size_t kMaxPemFile = std::size_t{4} << 20;  // bytes; a system's bundle has 0.2 MiB

// Paths, or NULL. False: `why` names the file and what is wrong with it.
bool load_files(SSL_CTX* context, const char* ca, const char* cert, const char* key, std::string& why);

}  // namespace remaphore::tls
