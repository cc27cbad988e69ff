#include "io/credentials_file.h"

#include <fmt/format.h>

#include "base/redact.h"
#include "core/keys.h"
#include "io/private_file.h"

namespace remaphore {

Result<nats::Credentials> read_credentials(const std::string& path, std::string* warning) {
  auto file = read_private_file(path, nats::kMaxCredentials);
  if (!file) return pass_on(file);
  auto credentials = nats::parse_credentials(std::string_view(file->text.data(), file->text.size()));
  keys::wipe(file->text);
  if (warning != nullptr) *warning = file->warning;
  if (!credentials) {
    return fail(Errc::kConfig, fmt::format("{}: {}", display_path(path), credentials.error().message));
  }
  return credentials;
}

Result<const nats::Credentials*> CredentialsFile::for_login() {
  if (std::exchange(fresh_, false)) return last();
  auto reread = read_credentials(path_);
  if (reread) last_ = std::move(*reread);
  if (!last_) return pass_on(reread);
  return last();
}

}  // namespace remaphore
