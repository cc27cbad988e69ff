// The logins of one connection: with which credentials, as which user, and why a server has refused one. The
// credentials are reread for every login.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "core/keys.h"
#include "io/credentials_file.h"
#include "io/nats_session.h"
#include "nats/credentials.h"
#include "nats/login.h"
#include "nats/server_info.h"
#include "nats/server_list.h"

namespace remaphore {

class NatsLogin {
 public:
  // `file`: path of the credentials file, resolved; `loaded`: its content, for the first login.
  NatsLogin(std::string file, std::optional<nats::Credentials> loaded)
      : file_(std::move(file)), credentials_(file_, std::move(loaded)) {}

  // What to write to the current server, which has greeted with `info`; valid as long as both, and until the next call.
  // Errc::kConfig: there are no credentials.
  Result<nats::Login> next(const nats::ServerList& servers, const nats::ServerInfo& info, bool encrypted);

  // Why the server `where` has refused the last login; nullopt: it did not, the session ended for another reason.
  std::optional<std::string> refusal(const NatsSession& session, std::string_view where, WallTime now) const;

  // nats/inbox.h, of the user of the last login; empty: this server knows users without keys only.
  std::string_view inbox_prefix() const;

 private:
  const std::string file_;
  CredentialsFile credentials_;
  std::optional<PublicKey> user_;     // logged in with its key
  mutable std::string inbox_prefix_;  // made when it is asked for: a sender never does
};

}  // namespace remaphore
