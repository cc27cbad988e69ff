#include "io/nats_login.h"

#include "io/version.h"
#include "nats/inbox.h"
#include "nats/server_error.h"

namespace remaphore {

Result<nats::Login> NatsLogin::next(const nats::ServerList& servers, const nats::ServerInfo& info, bool encrypted) {
  const auto credentials = credentials_.for_login();
  if (!credentials) return pass_on(credentials);
  inbox_prefix_.clear();
  user_.reset();
  if (!info.nonce.empty()) user_ = (*credentials)->key.public_key();
  nats::Login login{.version = kVersion, .credentials = **credentials, .nonce = info.nonce, .tls = encrypted};
  if (servers.current_is_configured()) {
    login.user = servers.current().user;
    login.password = servers.current().password;
  }
  return login;
}

std::optional<std::string> NatsLogin::refusal(const NatsSession& session, std::string_view where, WallTime now) const {
  const auto& end = session.end();
  if (!end || !credentials_.last()) return std::nullopt;
  if (end->error == nats::ServerError::kCredentials)
    return nats::describe_refusal(where, file_, end->said, *credentials_.last(), now);
  if (end->error == nats::ServerError::kLineTooLong && !session.logged_in())
    return nats::describe_long_login(end->why, file_, *credentials_.last());
  return std::nullopt;
}

std::string_view NatsLogin::inbox_prefix() const {
  if (inbox_prefix_.empty() && user_) inbox_prefix_ = nats::inbox_prefix(*user_);
  return inbox_prefix_;
}

}  // namespace remaphore
