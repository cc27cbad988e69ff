#include "fleet/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <charconv>
#include <optional>

#include "core/text.h"

namespace remaphore::fleet {
namespace {

constexpr std::size_t kMaxHost = 253;             // bytes, DNS
constexpr const char* kAllAddresses = "0.0.0.0";  // to nats-server also the IPv6 ones

bool is_address(const std::string& host, int family) {
  in6_addr bytes{};
  return inet_pton(family, host.c_str(), &bytes) == 1;
}

bool is_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost) return false;
  for (const char c : host) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '.' && c != '_') return false;
  }
  return host.front() != '-';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// "host", "host:port" or "[address]:port" in its two halves; `port` without the colon, empty if there is none.
bool split(std::string_view text, std::string_view& host, std::string_view& port) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == text.npos) return false;
  host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const std::string_view rest = end == text.npos ? std::string_view() : text.substr(bracketed ? end + 1 : end);
  if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) return false;
  port = rest.empty() ? rest : rest.substr(1);
  return !bracketed || is_address(std::string(host), AF_INET6);
}

}  // namespace

std::string Listener::text() const {
  return host.find(':') == host.npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<Listener> parse_server(std::string_view url) {
  const auto refuse = [url](std::string_view why) {
    return fail(Errc::kUsage, fmt::format("not a usable server: {}: {}", quote(url), why));
  };
  Listener server;
  std::string_view text = url;
  if (const std::size_t scheme = text.find("://"); scheme != text.npos) {
    server.tls = text.substr(0, scheme) == "tls";
    if (!server.tls && text.substr(0, scheme) != "nats")
      return refuse("it starts neither with nats:// nor with tls://");
    text.remove_prefix(scheme + 3);
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  // Not quoted: it may hold a password.
  if (text.find('@') != text.npos) {
    return fail(Errc::kUsage, "a server with user:password@ is not usable: nodes of a fleet log in with their keys");
  }
  std::string_view host, port;
  if (!split(text, host, port)) return refuse("write nats://host:port");
  if (!text.starts_with('[') && !is_name(host)) return refuse("no host name or address");
  if (!port.empty()) {
    const std::optional<std::uint16_t> number = parse_port(port);
    if (!number) return refuse("a port is 1 to 65535");
    server.port = *number;
  }
  server.host = host;
  return server;
}

Result<Listener> parse_listen(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(Errc::kUsage, fmt::format("not a usable --listen: {}: {}", quote(text), why));
  };
  std::string_view host, port;
  if (!split(text, host, port) || port.empty()) return refuse("write host:port");
  if (!host.empty() && !text.starts_with('[') && !is_name(host)) return refuse("no host name or address");
  const std::optional<std::uint16_t> number = parse_port(port);
  if (!number) return refuse("a port is 1 to 65535");
  return Listener{host.empty() ? std::string(kAllAddresses) : std::string(host), *number, false};
}

Listener listener_for(const Listener& server) {
  Listener listener = server;
  if (server.host == "localhost") {
    listener.host = "127.0.0.1";
  } else if (!is_address(server.host, AF_INET) && !is_address(server.host, AF_INET6)) {
    listener.host = kAllAddresses;
  }
  return listener;
}

}  // namespace remaphore::fleet
