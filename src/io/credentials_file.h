// The NATS credentials file of a config.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "nats/credentials.h"

namespace remaphore {

// Errc::kConfig, naming the file. `warning`, if given, receives a complaint about its permissions.
Result<nats::Credentials> read_credentials(const std::string& path, std::string* warning = nullptr);

// The credentials for each login: rereads the file every time, because it may be renewed while we run.
class CredentialsFile {
 public:
  // `loaded`: its content, for the first login.
  CredentialsFile(std::string path, std::optional<nats::Credentials> loaded)
      : path_(std::move(path)), last_(std::move(loaded)), fresh_(last_.has_value()) {}

  // Returns the last good ones while the file is missing or incomplete. Errc::kConfig: there are none. Valid until the
  // next call.
  Result<const nats::Credentials*> for_login();
  const nats::Credentials* last() const { return last_ ? &*last_ : nullptr; }

 private:
  const std::string path_;
  std::optional<nats::Credentials> last_;
  bool fresh_;  // not used for a login yet
};

}  // namespace remaphore
