#include "io/config_file.h"

#include <unistd.h>

#include <utility>

#include "base/redact.h"
#include "core/config_parser.h"
#include "io/private_file.h"

namespace remaphore {
namespace {

std::string resolve(const std::string& path, const std::string& config_path) {
  if (path.empty() || path.front() == '/') return path;
  const std::size_t slash = config_path.rfind('/');
  const std::string beside = slash == std::string::npos ? path : config_path.substr(0, slash + 1) + path;
  return access(beside.c_str(), F_OK) != 0 && access(path.c_str(), F_OK) == 0 ? path : beside;
}

Result<Config> usable_config(Result<PrivateFile> file, const std::string& path) {
  if (!file) return pass_on(file);
  auto config = parse_config(std::move(file->text), display_path(path));
  if (!config) return config;
  if (!file->warning.empty()) config->warnings.push_back(std::move(file->warning));

  config->credentials = resolve(config->credentials, path);
  for (std::string* one : {&config->tls_ca, &config->tls_cert, &config->tls_key}) {
    *one = resolve(*one, path);
    if (one->empty()) continue;
    auto warning = check_private_file(*one);
    if (!warning) return pass_on(warning);
    const bool secret = one == &config->tls_key;  // the others are public
    if (secret && !warning->empty()) config->warnings.push_back(std::move(*warning));
  }
  return config;
}

}  // namespace

Result<Config> read_config(const std::string& path) {
  return usable_config(read_private_file(path, kMaxConfigBytes), path);
}

Result<Config> read_config(const std::string& path, Deadline deadline) {
  return usable_config(read_private_file(path, kMaxConfigBytes, deadline), path);
}

}  // namespace remaphore
