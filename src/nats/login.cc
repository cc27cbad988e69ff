#include "nats/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/duration.h"
#include "nats/writer.h"

namespace remaphore::nats {

void write_login(std::string& out, const Login& login) {
  ConnectFields fields{.version = login.version,
                       .token = {},
                       .signature = {},
                       .user = login.user,
                       .password = login.password,
                       .tls = login.tls};
  std::string signature;
  if (!login.nonce.empty()) {
    signature = base64url(login.credentials.key.sign(login.nonce).bytes);
    fields.token = login.credentials.token;
    fields.signature = signature;
  }
  write_connect(out, fields);
}

std::string explain_refusal(const Credentials& credentials, WallTime now) {
  const auto claims = read_claims(credentials);
  if (!claims) return "; " + claims.error().message;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  if (!claims->expires || *claims->expires > seconds.count()) return {};
  const std::chrono::seconds age = seconds - std::chrono::seconds(std::max<std::int64_t>(*claims->expires, 0));
  return fmt::format("; they expired {} ago", format_duration(age));
}

std::string describe_refusal(std::string_view server, std::string_view file, std::string_view said,
                             const Credentials& credentials, WallTime now) {
  return fmt::format("the server {} refuses the credentials {}: {}{}", server, file, said,
                     explain_refusal(credentials, now));
}

std::string describe_long_login(std::string_view why, std::string_view file, const Credentials& credentials) {
  return fmt::format("{}: the token of {} has {} bytes; raise max_control_line in the server's config", why, file,
                     credentials.token.size());
}

}  // namespace remaphore::nats
