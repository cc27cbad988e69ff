#include "fleet/hub.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "core/config_parser.h"
#include "fleet/commands.h"
#include "fleet/generator.h"
#include "fleet/listen_address.h"
#include "fleet/port_owner.h"
#include "fleet/process.h"
#include "fleet/whole_file.h"

namespace remaphore::fleet {
namespace {

bool is_taken(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol);
  if (fd < 0) return false;
  const int on = 1;  // as nats-server does: connections that linger from a run before are no obstacle
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool taken = ::bind(fd, address.ai_addr, address.ai_addrlen) != 0 && errno == EADDRINUSE;
  ::close(fd);
  return taken;
}

}  // namespace

Result<std::string> find_nats_server() {
  const std::optional<std::string> program = find_program("nats-server");
  if (program) return *program;
  return fail(Errc::kUsage, "nats-server is not installed: on Debian and Ubuntu, apt install nats-server");
}

Result<ServerAddress> read_listen_line(const std::string& config) {
  constexpr std::string_view kKey = "listen:";
  std::string_view text = config;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!line.starts_with(kKey)) continue;
    line = trim(line.substr(kKey.size()));
    if (line.size() > 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    return parse_listen(line);
  }
  return fail(Errc::kUsage, "no listen line");
}

Result<void> check_port_free(const ServerAddress& listener) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* addresses = nullptr;
  if (::getaddrinfo(listener.host.c_str(), std::to_string(listener.port).c_str(), &hints, &addresses) != 0) return {};
  const bool taken = is_taken(*addresses);
  ::freeaddrinfo(addresses);
  if (!taken) return {};
  const std::optional<PortOwner> owner = find_port_owner(listener.port);
  std::string text = fmt::format("{} is taken by {}", listener.display(), owner ? owner->text() : "another program");
  if (owner && (owner->program == "nats-server" || owner->user == "nats")) {
    text += "; if that is the service of the package nats-server: systemctl disable --now nats-server";
  }
  return fail(Errc::kRuntime, std::move(text));
}

Result<int> run_hub(const Options& options) {
  const std::string path = without_slashes(options.folder) + "/hub/nats-server.conf";
  const Result<std::string> config = read_whole(path, kMaxConfigBytes);
  if (!config) return Unexpected(config.error());
  const Result<std::string> server = find_nats_server();
  if (!server) return Unexpected(server.error());
  if (const Result<ServerAddress> listener = read_listen_line(*config)) {
    if (Result<void> free = check_port_free(*listener); !free) {
      return fail(free.error().code, fmt::format("{}; or change `listen` in {}", free.error().message, path));
    }
  }
  return Unexpected(become({*server, "-c", path}));
}

}  // namespace remaphore::fleet
