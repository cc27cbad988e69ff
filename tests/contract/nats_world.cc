#include "contract/nats_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "nats/nkey.h"
#include "nats/token.h"
#include "support/test_messages.h"

namespace remaphore::test {
namespace {

constexpr Duration kPatience = std::chrono::seconds(60);  // for a whole test, on a machine that is busy

// Any will do: this server asks for user and password.
std::string any_credentials() {
  const SecretKey account = key_of(20), user = key_of(21);
  const std::string token = nats::mint_user(account, user.public_key(), "contract", {}, {});
  return nats::format_credentials(token, nats::encode_seed(nats::NkeyKind::kUser, user));
}

// In the child. The server goes when the test goes, however that ends, and holds none of its descriptors.
[[noreturn]] void run_server(const char* config, const char* log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) dup2(nothing, standard);
  close_range(3, ~0u, 0);
  execlp("nats-server", "nats-server", "-c", config, "-l", log, nullptr);
  _exit(127);
}

}  // namespace

NatsWorld::NatsWorld() : patience_ends_(clock_.monotonic() + kPatience) {
  std::string pattern = (std::filesystem::temp_directory_path() / "remaphore-contract-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the server");
  folder_ = pattern;
  std::ofstream(path("user.creds")) << any_credentials();
  start();
}

NatsWorld::~NatsWorld() {
  if (server_ > 0) stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void NatsWorld::write_config() {
  std::ofstream(path("server.conf")) << fmt::format(R"(
listen: "127.0.0.1:{}"
ports_file_dir: "{}"
max_payload: {}
authorization {{
  users = [
    {{ user: free, password: secret }}
    {{ user: bound, password: secret, permissions: {{ publish: "{}", subscribe: "{}" }} }}
  ]
}}
)",
                                                    port_ == 0 ? "-1" : std::to_string(port_), folder_, max_payload(),
                                                    kPermitted, kPermitted);
}

void NatsWorld::start() {
  write_config();
  const std::string config = path("server.conf"), log = path("server.log");
  server_ = fork();
  if (server_ < 0) throw std::runtime_error("no process for the server");
  if (server_ == 0) run_server(config.c_str(), log.c_str());
  await_ready();
}

// The server writes its ports file once it listens.
void NatsWorld::await_ready() {
  const std::string ports = path(fmt::format("nats-server_{}.ports", server_));
  while (true) {
    std::ifstream file(ports);
    const auto json = nlohmann::json::parse(file, nullptr, false);
    if (json.is_object()) {
      const auto address = parse_server_address(json["nats"][0].get<std::string>());
      port_ = address->port;
      return;
    }
    if (waitpid(server_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("nats-server cannot be started; is it in PATH?");
    if (clock_.monotonic() > patience_ends_) throw std::runtime_error("nats-server does not get ready");
    loop_.wait(clock_.monotonic() + std::chrono::milliseconds(2));
  }
}

void NatsWorld::stop() {
  kill(server_, SIGKILL);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

std::unique_ptr<Bus> NatsWorld::make_bus(Login login) {
  NatsOptions options;
  options.servers = {{.host = "127.0.0.1",
                      .port = port_,
                      .user = login == Login::kBound ? "bound" : "free",
                      .password = login == Login::kWrong ? "guess" : "secret"}};
  options.credentials = path("user.creds");
  auto bus = std::make_unique<NatsConnection>(std::move(options), clock_);
  loop_.add(*bus);
  return bus;
}

bool NatsWorld::wait() {
  if (clock_.monotonic() > patience_ends_) return false;
  loop_.wait(std::min(patience_ends_, clock_.monotonic() + std::chrono::seconds(1)));
  return true;
}

}  // namespace remaphore::test
