#include "core/server_address.h"

#include <fmt/format.h>

#include <algorithm>
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

// Each takes its part off `rest` into `address`, and returns why that is refused; empty: it is not.

std::string take_scheme(std::string_view& rest, ServerAddress& address) {
  const std::size_t scheme = rest.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::string_view name = rest.substr(0, scheme);
  rest.remove_prefix(scheme + 3);
  address.tls = equals_ignoring_case(name, "tls");
  if (address.tls || equals_ignoring_case(name, "nats") || equals_ignoring_case(name, "http")) return {};
  return fmt::format("unknown scheme {}", quote_redacted(name));
}

std::string drop_path(std::string_view& rest) {
  const std::size_t end = rest.find_first_of("/?");
  if (end == std::string_view::npos) return {};
  if (rest.find('@', end) != std::string_view::npos) return "write / as %2F in a user name or password";
  rest = rest.substr(0, end);
  return {};
}

std::string take_login(std::string_view& rest, ServerAddress& address) {
  const std::size_t at = rest.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view login = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const std::size_t colon = login.find(':');
  const auto user = percent_decode(login.substr(0, colon));
  const auto password = percent_decode(colon == std::string_view::npos ? "" : login.substr(colon + 1));
  if (!user || !password || user->empty()) return "malformed user or password before the @";
  address.user = *user;
  address.password = *password;
  return {};
}

// Leaves the port, with its colon.
std::string take_host(std::string_view& rest, ServerAddress& address) {
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return "no ] after the address";
    address.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest.front() != ':') return "malformed port";
  } else {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    address.host = rest.substr(0, colon);
    rest.remove_prefix(colon);
    if (!rest.empty() && rest.find(':', 1) != std::string_view::npos) return "IPv6 addresses need brackets";
  }
  return is_host(address.host) ? "" : "no usable host name";
}

std::string take_port(std::string_view rest, ServerAddress& address) {
  if (rest.empty()) return {};
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
  const bool valid = error == std::errc() && end == rest.data() + rest.size() && address.port != 0;
  return valid ? "" : "malformed port";
}

}  // namespace

std::string ServerAddress::display() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<ServerAddress> parse_server_address(std::string_view text) {
  ServerAddress address;
  std::string_view rest = text;
  std::string why = text.size() > kMaxText ? "it is too long" : take_scheme(rest, address);
  if (why.empty()) why = drop_path(rest);
  if (why.empty()) why = take_login(rest, address);
  if (why.empty()) why = take_host(rest, address);
  if (why.empty()) why = take_port(rest, address);
  if (why.empty()) return address;
  const std::string_view shown = text.substr(text.rfind('@') + 1);  // without a password; npos + 1 is 0
  return fail(Errc::kFormat,
              fmt::format("not a server address like nats://host:4222: {}: {}", quote_redacted(shown), why));
}

}  // namespace remaphore
