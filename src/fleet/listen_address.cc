#include "fleet/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <string>

#include "base/redact.h"
#include "base/text.h"

namespace remaphore::fleet {
namespace {

constexpr const char* kAllAddresses = "0.0.0.0";  // to nats-server also the IPv6 ones

bool is_address(const std::string& host, int family) {
  in6_addr bytes{};
  return inet_pton(family, host.c_str(), &bytes) == 1;
}

bool is_name(std::string_view host) {
  for (const char c : host) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '.' && c != '_') return false;
  }
  return host.front() != '-';
}

// Accepted in old configs, but not in a new one: http:// for nats://, a path.
bool is_plain_url(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != url.npos) {
    if (equals_ignoring_case(url.substr(0, scheme), "http")) return false;
    url.remove_prefix(scheme + 3);
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  return url.find_first_of("/?") == url.npos;
}

bool is_host(const std::string& host) { return is_name(host) || is_address(host, AF_INET6); }

}  // namespace

Result<ServerAddress> parse_server(std::string_view url) {
  Result<ServerAddress> server = parse_server_address(url);
  if (!server) return fail(Errc::kUsage, server.error().message);
  if (!server->user.empty()) {
    return fail(Errc::kUsage, "a server with user:password@ is not usable: nodes of a fleet log in with their keys");
  }
  if (!is_plain_url(url)) {
    return fail(Errc::kUsage,
                fmt::format("write a server as nats://HOST:PORT or tls://HOST:PORT, not {}", quote_redacted(url)));
  }
  if (!is_host(server->host))
    return fail(Errc::kUsage, fmt::format("not a host name or address: {}", quote_redacted(url)));
  return server;
}

bool is_unspecified(const std::string& host) {
  in_addr four{};
  if (inet_aton(host.c_str(), &four) != 0) return four.s_addr == INADDR_ANY;
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr32[3] == INADDR_ANY;
  return mapped || IN6_IS_ADDR_UNSPECIFIED(&six);
}

Result<ServerAddress> parse_listen(std::string_view text) {
  const bool everywhere = text.starts_with(':');
  const Result<ServerAddress> listen_address =
      parse_server(everywhere ? fmt::format("{}{}", kAllAddresses, text) : std::string(text));
  if (!listen_address || !text.ends_with(fmt::format(":{}", listen_address->port)) || text.find("//") != text.npos) {
    return fail(Errc::kUsage, fmt::format("not a listen address, write HOST:PORT: {}", quote_redacted(text)));
  }
  return *listen_address;
}

ServerAddress listen_address_for(const ServerAddress& server) {
  ServerAddress listen_address = server;
  if (server.host == "localhost") {
    listen_address.host = "127.0.0.1";
  } else if (!is_address(server.host, AF_INET) && !is_address(server.host, AF_INET6)) {
    listen_address.host = kAllAddresses;
  }
  return listen_address;
}

}  // namespace remaphore::fleet
