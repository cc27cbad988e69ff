#include "fleet/authority.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/keys.h"
#include "fleet/listen_address.h"
#include "fleet/whole_file.h"

namespace remaphore::fleet {
namespace {

constexpr std::int64_t kBackdated = kDay;  // for nodes whose clock is behind
constexpr std::size_t kMaxName = 64;       // of a common name

std::string name_of(const Roster& roster, std::string_view what) {
  return fmt::format("{} {}", what, roster.fleet->destination).substr(0, kMaxName);
}

}  // namespace

Result<CertificateAndKey> new_authority(const Roster& roster, std::int64_t now, const std::string& key) {
  return make_authority(name_of(roster, "remaphore"), {now - kBackdated, now + kAuthorityLasts}, key);
}

Result<CertificateAndKey> server_certificate(const Roster& roster, const CertificateAndKey& authority,
                                             std::int64_t now) {
  std::vector<std::string> hosts;
  const auto add = [&hosts](const std::string& host) {
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  };
  for (const std::string& url : roster.servers) {
    if (const Result<ServerAddress> server = parse_server(url)) add(server->host);
  }
  for (const char* host : {"localhost", "127.0.0.1", "::1"}) add(host);
  const Lifetime lifetime{now - kBackdated, now + kServerLasts};
  return make_certificate(name_of(roster, "server of"), hosts, lifetime, authority);
}

Result<void> write_tls(const std::string& path, const Roster& roster, const CertificateAndKey& authority,
                       std::int64_t now) {
  Result<CertificateAndKey> server = server_certificate(roster, authority, now);
  if (!server) return Unexpected(server.error());
  Result<void> written = write_new(path + "/secrets/ca.key", authority.key, kSecretFile);
  if (written) written = write_new(path + "/hub/ca.pem", authority.certificate, kPublicFile);
  if (written) written = write_new(path + "/hub/server.pem", server->certificate, kPublicFile);
  if (written) written = write_new(path + "/hub/server.key", server->key, kSecretFile);
  keys::wipe(server->key);
  return written;
}

Result<CertificateAndKey> read_authority(const Folder& folder, const Roster& roster) {
  Result<std::string> key = read_whole(folder.file("secrets/ca.key"), kMaxPem);
  if (!key) return Unexpected(key.error());
  return CertificateAndKey{roster.authority, std::move(*key)};
}

std::string with_tls(const std::string& url) {
  const std::size_t scheme = url.find("://");
  return "tls://" + (scheme == url.npos ? url : url.substr(scheme + 3));
}

std::vector<std::string> with_tls(std::vector<std::string> urls) {
  for (std::string& url : urls) url = with_tls(url);
  return urls;
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

}  // namespace remaphore::fleet
