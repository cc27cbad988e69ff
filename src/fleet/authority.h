// TLS of a fleet: an authority of its own, whose certificate every node trusts instead of the system's, and certificates
// of the servers that it has signed. DIR/secrets/ca.key; DIR/hub/ca.pem, server.pem and server.key; ca.pem in each node's
// folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/folder.h"
#include "fleet/roster.h"
#include "io/certificates.h"

namespace remaphore::fleet {

inline constexpr std::int64_t kDay = 86400;               // seconds
inline constexpr std::int64_t kServerLasts = 365 * kDay;  // a server's certificate
inline constexpr std::int64_t kAuthorityLasts = 10 * kServerLasts;
inline constexpr std::int64_t kAuthorityRenewed = 2 * kServerLasts;  // with less left, it is renewed under its key

Result<CertificateAndKey> new_authority(const Roster& roster, std::int64_t now, const std::string& key = {});

// For a fleet that is being made in the folder `path`, which has its secrets and hub already.
Result<void> write_tls(const std::string& path, const Roster& roster, const CertificateAndKey& authority,
                       std::int64_t now);

// A certificate for all addresses of the servers, and for the loopback, where `hub` itself reaches its server.
Result<CertificateAndKey> server_certificate(const Roster& roster, const CertificateAndKey& authority,
                                             std::int64_t now);

// Errc::kConfig, naming the file.
Result<CertificateAndKey> read_authority(const Folder& folder, const Roster& roster);

// "nats://h:1" and "h:1" -> "tls://h:1".
std::string with_tls(const std::string& url);
std::vector<std::string> with_tls(std::vector<std::string> urls);

bool is_loopback(const std::string& host);

}  // namespace remaphore::fleet
