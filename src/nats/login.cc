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

}  // namespace remaphore::nats
