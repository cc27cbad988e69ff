#include "core/server_address.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/redact.h"
#include "base/text.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035, as text
constexpr std::size_t kMaxText = 1024;

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size() || std::from_chars(&text[i + 1], &text[i + 1] + 2, value, 16).ptr != &text[i + 1] + 2) {
      return std::nullopt;
    }
    out.push_back(static_cast<char>(value));
    i += 2;
  }
  return out;
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost) return false;
  for (const char c : host) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '/' || c == '@' || c == '?' || c == '#') return false;
  }
  return true;
}

}  // namespace

std::string ServerAddress::display() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<ServerAddress> parse_server_address(std::string_view text) {
  ServerAddress address;
  std::string_view rest = text;
  const std::string_view shown = text.substr(text.rfind('@') + 1);  // without a password; npos + 1 is 0
  const auto refuse = [&shown](std::string_view why) {
    return fail(Errc::kFormat,
                fmt::format("not a server address like nats://host:4222: {}: {}", quote_redacted(shown), why));
  };
  if (text.size() > kMaxText) return refuse("it is too long");

  if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    const std::string_view name = rest.substr(0, scheme);
    rest.remove_prefix(scheme + 3);
    address.tls = equals_ignoring_case(name, "tls");
    if (!address.tls && !equals_ignoring_case(name, "nats") && !equals_ignoring_case(name, "http")) {
      return refuse(fmt::format("unknown scheme {}", quote_redacted(name)));
    }
  }
  if (const std::size_t end = rest.find_first_of("/?"); end != std::string_view::npos) {
    if (rest.find('@', end) != std::string_view::npos) return refuse("write / as %2F in a user name or password");
    rest = rest.substr(0, end);
  }

  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const std::size_t colon = login.find(':');
    const auto user = percent_decode(login.substr(0, colon));
    const auto password = percent_decode(colon == std::string_view::npos ? "" : login.substr(colon + 1));
    if (!user || !password || user->empty()) return refuse("malformed user or password before the @");
    address.user = *user;
    address.password = *password;
  }

  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return refuse("no ] after the address");
    address.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
    if (!port.empty() && port.front() != ':') return refuse("malformed port");
  } else {
    const std::size_t colon = rest.find(':');
    address.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
    if (port.find(':', 1) != std::string_view::npos && !port.empty()) return refuse("IPv6 addresses need brackets");
  }
  if (!is_host(address.host)) return refuse("no usable host name");
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size() || address.port == 0) return refuse("malformed port");
  }
  return address;
}

}  // namespace remaphore
