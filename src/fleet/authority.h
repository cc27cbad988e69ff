// TLS of a fleet: its own certificate authority, which every node trusts instead of the system's, and a certificate
// signed by it for each server. DIR/secrets/ca.key; DIR/hub/ca.pem, server.pem and server.key, server-2.pem and so on;
// ca.pem in each node's folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/changes.h"
#include "fleet/folder.h"
#include "fleet/hub_config.h"
#include "fleet/roster.h"
#include "io/certificates.h"

namespace remaphore::fleet {

inline constexpr std::int64_t kDay = 86400;                  // seconds
inline constexpr std::int64_t kServerValidity = 365 * kDay;  // a server's certificate
inline constexpr std::int64_t kAuthorityValidity = 10 * kServerValidity;
inline constexpr std::int64_t kAuthorityRenewal = 2 * kServerValidity;  // with less left, it is renewed under its key

Result<CertificateAndKey> new_authority(const Roster& roster, std::int64_t now, const std::string& key = {});

// The files that hold the authority, for the fleet in the folder `path`.
std::vector<Change> authority_files(const std::string& path, const CertificateAndKey& authority);

// A new key for one server, and a certificate for its own names only: that in the roster, its listen address, and
// loopback, where `hub` reaches it.
Result<std::vector<Change>> certificate_files(const std::string& path, const Roster& roster, const HubServer& server,
                                              const CertificateAndKey& authority, std::int64_t now);

// Errc::kConfig, naming the file.
Result<CertificateAndKey> read_authority(const Folder& folder, const Roster& roster);

// "nats://h:1" and "h:1" -> "tls://h:1".
std::string with_tls(const std::string& url);
std::vector<std::string> with_tls(std::vector<std::string> urls);

bool is_loopback(const std::string& host);

}  // namespace remaphore::fleet
