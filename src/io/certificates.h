// Certificates for a fleet's servers, made by the TLS module (io/tls_module.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace remaphore {

struct CertificateAndKey {
  std::string certificate, key;  // PEM; the caller wipes the key
};

struct Lifetime {
  std::int64_t from, until;  // Unix seconds
};

// A self-signed authority. With `key`, it keeps that key, so that certificates it has signed stay valid.
// All functions: Errc::kConnection without the module, Errc::kRuntime for any other failure.
Result<CertificateAndKey> make_authority(const std::string& name, Lifetime lifetime, const std::string& key = {});

// A certificate for a server (also as client of another one) that is reached under `hosts`, names and addresses; at
// least one.
Result<CertificateAndKey> make_certificate(const std::string& name, const std::vector<std::string>& hosts,
                                           Lifetime lifetime, const CertificateAndKey& authority);

// When the first certificate of a PEM text expires, in Unix seconds. Errc::kConfig: there is none.
Result<std::int64_t> certificate_expiry(const std::string& pem);

}  // namespace remaphore
