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

#include "nats/inbox.h"
#include "nats/nkey.h"
#include "nats/token.h"
#include "support/test_messages.h"

namespace remaphore::test {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(60);  // for a whole test, on a machine that is busy

// The server knows them by their tokens, as that of a fleet does.
SecretKey operator_key() { return key_of(20); }
SecretKey account_key() { return key_of(21); }
SecretKey system_key() { return key_of(22); }
std::string account_id(const SecretKey& key) { return nats::encode_public(nats::NkeyKind::kAccount, key.public_key()); }

const char* file_of(Login login) {
  switch (login) {
    case Login::kFree: return "free.creds";
    case Login::kBound: return "bound.creds";
    case Login::kWrong: break;
  }
  return "wrong.creds";
}

std::string credentials(const SecretKey& account, const SecretKey& user, const nats::Permissions& permissions) {
  const std::string token = nats::mint_user(account, user.public_key(), "contract", permissions, {});
  return nats::format_credentials(token, nats::encode_seed(nats::NkeyKind::kUser, user));
}

// Runs in the child. The server ends with the test, however that ends, and holds none of its descriptors.
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

NatsWorld::NatsWorld() : patience_ends_(clock_.monotonic() + kTimeout) {
  std::string pattern = (std::filesystem::temp_directory_path() / "remaphore-contract-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the server");
  folder_ = pattern;
  write_credentials();
  start();
}

NatsWorld::~NatsWorld() {
  if (server_ > 0) stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void NatsWorld::write_credentials() {
  const SecretKey bound = key_of(24);
  const std::string inbox = nats::inbox_prefix(bound.public_key()) + ".*";
  std::ofstream(path(file_of(Login::kFree))) << credentials(account_key(), key_of(23), {});
  std::ofstream(path(file_of(Login::kBound)))
      << credentials(account_key(), bound, {.publish = {kPermitted}, .subscribe = {kPermitted, inbox}});
  std::ofstream(path(file_of(Login::kWrong))) << credentials(key_of(25), key_of(26), {});
}

void NatsWorld::write_config() {
  const std::string system = account_id(system_key());
  std::ofstream(path("server.conf")) << fmt::format(
      R"(
listen: "127.0.0.1:{}"
ports_file_dir: "{}"
max_payload: {}
jetstream {{ store_dir: "{}", max_file: 1G, max_mem: 16M }}
operator: {}
resolver: MEMORY
resolver_preload: {{
  {}: {}
  {}: {}
}}
)",
      port_ == 0 ? "-1" : std::to_string(port_), folder_, max_payload(), folder_,
      nats::mint_operator(operator_key(), "contract", system, {}), system,
      nats::mint_account(operator_key(), system_key().public_key(), "system", {}, {}), account_id(account_key()),
      nats::mint_account(operator_key(), account_key().public_key(), "contract", {}, {}, nats::Streams::kAllowed));
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
  options.servers.servers = {{.host = "127.0.0.1", .port = port_, .user = {}, .password = {}}};
  options.credentials = path(file_of(login));
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
