// Makes the certificates of a fleet: X.509 v3, ECDSA with P-256 and SHA-256 (RFC 5280, RFC 5480).
#pragma once

#include <openssl/x509.h>

#include <cstddef>

#include "io/tls_module.h"

namespace remaphore::tls {

using Buffer = remaphore_tls_buffer;

// Implements remaphore_tls_module::certify. False: OpenSSL's queue of errors says why, if it was OpenSSL.
bool certify(const remaphore_tls_certificate& wanted, Buffer certificate, Buffer key);

// Unix seconds; 0: it cannot be read.
long long expiry_of(const X509* certificate);
long long expires(const char* pem, std::size_t size);

}  // namespace remaphore::tls
