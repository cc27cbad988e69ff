#include "nats/writer.h"

#include <fmt/format.h>

#include <iterator>

namespace remaphore::nats {
namespace {

// RFC 8259, section 7. The only strings that need it come from the server line of the config.
std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

void append_number(std::string& out, std::size_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

}  // namespace

void write_connect(std::string& out, const ConnectFields& fields) {
  out += R"(CONNECT {"verbose":false,"pedantic":false,"protocol":1,"echo":true,"headers":true,"no_responders":true,)";
  fmt::format_to(std::back_inserter(out), R"("lang":"c++","name":"remaphore","version":"{}","tls_required":{})",
                 fields.version, fields.tls);
  if (!fields.token.empty()) {
    fmt::format_to(std::back_inserter(out), R"(,"jwt":"{}","sig":"{}")", fields.token, fields.signature);
  }
  if (!fields.user.empty() && fields.password.empty()) out += ",\"auth_token\":" + json_string(fields.user);
  if (!fields.user.empty() && !fields.password.empty()) {
    out += ",\"user\":" + json_string(fields.user) + ",\"pass\":" + json_string(fields.password);
  }
  out += "}\r\n";
}

void write_subscribe(std::string& out, std::string_view subject, std::uint64_t sid) {
  fmt::format_to(std::back_inserter(out), "SUB {} {}\r\n", subject, sid);
}

void write_unsubscribe(std::string& out, std::uint64_t sid) {
  fmt::format_to(std::back_inserter(out), "UNSUB {}\r\n", sid);
}

void write_publish(std::string& out, const Publish& message) {
  const auto& [subject, reply_to, headers, payload] = message;
  out += headers.empty() ? "PUB " : "HPUB ";
  out += subject;
  out += ' ';
  if (!reply_to.empty()) {
    out += reply_to;
    out += ' ';
  }
  if (!headers.empty()) {
    append_number(out, headers.size());
    out += ' ';
  }
  append_number(out, headers.size() + payload.size());
  out += "\r\n";
  out += headers;
  out += payload;
  out += "\r\n";
}

void write_ping(std::string& out) { out += "PING\r\n"; }
void write_pong(std::string& out) { out += "PONG\r\n"; }

}  // namespace remaphore::nats
