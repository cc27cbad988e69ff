#include "fleet/authority.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/keys.h"
#include "fleet/listen_address.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
namespace {

constexpr std::int64_t kBackdated = kDay;  // for nodes whose clock is behind
constexpr std::size_t kMaxName = 64;       // of a common name

std::string name_of(const Roster& roster, std::string_view what) {
  return fmt::format("{} {}", what, roster.fleet ? roster.fleet->destination : roster.subject).substr(0, kMaxName);
}

std::vector<std::string> names_of(const Roster& roster, const HubServer& server) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (const Result<ServerAddress> known = parse_server(roster.servers[server.number - 1])) add(known->host);
  if (!is_unspecified(server.listen_address.host)) add(server.listen_address.host);
  for (const char* name : {"localhost", "127.0.0.1", "::1"}) add(name);
  return names;
}

}  // namespace

Result<CertificateAndKey> new_authority(const Roster& roster, std::int64_t now, const std::string& key) {
  return make_authority(name_of(roster, "remaphore"), {now - kBackdated, now + kAuthorityValidity}, key);
}

std::vector<Change> authority_files(const std::string& path, const CertificateAndKey& authority) {
  std::vector<Change> files;
  files.emplace_back(path + "/secrets/ca.key", authority.key, kSecretFile);
  files.emplace_back(path + "/hub/ca.pem", authority.certificate, kPublicFile);
  return files;
}

Result<std::vector<Change>> certificate_files(const std::string& path, const Roster& roster, const HubServer& server,
                                              const CertificateAndKey& authority, std::int64_t now) {
  const Lifetime lifetime{now - kBackdated, now + kServerValidity};
  Result<CertificateAndKey> made = make_certificate(name_of(roster, fmt::format("server {} of", server.number)),
                                                    names_of(roster, server), lifetime, authority);
  if (!made) return pass_on(made);
  const auto file = [&](std::string_view ending) {
    return fmt::format("{}/hub/{}", path, server_file(server.number, ending));
  };
  std::vector<Change> files;
  files.emplace_back(file("pem"), std::move(made->certificate), kPublicFile);
  files.emplace_back(file("key"), std::move(made->key), kSecretFile);
  return files;
}

Result<CertificateAndKey> read_authority(const Folder& folder, const Roster& roster) {
  Result<std::string> key = read_whole(folder.file("secrets/ca.key"), kMaxPem);
  if (!key) return pass_on(key);
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
