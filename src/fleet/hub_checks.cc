#include "fleet/hub_checks.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/redact.h"
#include "fleet/hub_config.h"
#include "fleet/listen_address.h"
#include "fleet/port_owner.h"
#include "fleet/process.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
namespace {

bool is_taken(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol);
  if (fd < 0) return false;
  const int on = 1;  // as nats-server does: connections left over from an earlier run do not matter
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
  const std::string listen_address = read_setting(config, "listen");
  if (listen_address.empty()) return fail(Errc::kUsage, "no listen line");
  return parse_listen(listen_address);
}

Result<void> check_port_free(const ServerAddress& listen_address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* addresses = nullptr;
  if (::getaddrinfo(listen_address.host.c_str(), std::to_string(listen_address.port).c_str(), &hints, &addresses) != 0)
    return {};
  const bool taken = is_taken(*addresses);
  ::freeaddrinfo(addresses);
  if (!taken) return {};
  const std::optional<PortOwner> owner = find_port_owner(listen_address.port);
  std::string text =
      fmt::format("{} is taken by {}", listen_address.display(), owner ? owner->text() : "another program");
  if (owner && (owner->program == "nats-server" || owner->user == "nats")) {
    text += "; if that is the service of the package nats-server: systemctl disable --now nats-server";
  }
  return fail(Errc::kRuntime, std::move(text));
}

Result<void> check_store(const std::string& config) {
  const std::string store = read_setting(config, "store_dir");
  if (store.empty()) return {};
  if (!exists(store)) {
    return fail(Errc::kUsage,
                fmt::format("{}, where the server keeps messages (store_dir), does not exist", display_path(store)));
  }
  std::vector<std::string> folders{store};
  if (const std::string own = store + "/jetstream"; exists(own)) folders.push_back(own);
  if (Result<void> good = check_writable(folders); !good) {
    return fail(good.error().code, fmt::format("the server keeps messages there: {}", good.error().message));
  }
  return {};
}

}  // namespace remaphore::fleet
