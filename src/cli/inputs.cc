#include "cli/inputs.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <utility>

#include "base/deadline.h"
#include "io/config_file.h"
#include "io/credentials_file.h"
#include "io/payload_file.h"

namespace remaphore {

Duration time_left(Duration timeout, const Session& session) {
  if (timeout.count() == 0) return timeout;
  return std::max(timeout - (std::chrono::steady_clock::now() - session.start), Duration(1));
}

std::string config_path(const CommandLine& line) {
  return line.text("config").value_or(std::string(kDefaultConfigPath));
}

Result<Config> load_config(const CommandLine& line, const Session& session) {
  auto config =
      read_config(config_path(line), deadline_after(session.start, line.duration("timeout").value_or(Duration(0))));
  if (!config) return config;
  for (const std::string& warning : config->warnings) session.log.notice(warning);
  return config;
}

Result<NatsOptions> nats_options(const Config& config, LinkUse use, Duration timeout, const Session& session) {
  const bool sending = use == LinkUse::kSender;
  Log& log = session.log;
  std::string warning;
  auto credentials = read_credentials(config.credentials, &warning);
  if (!credentials) return pass_on(credentials);
  if (!warning.empty()) log.notice(warning);
  if (auto usable = check_tls(config); !usable) return pass_on(usable);
  // A listener reports every lost link.
  std::function<void(const std::string&)> tell;
  if (sending) tell = [&log](const std::string& why) { log.notice(why + "; trying again"); };
  return NatsOptions{.servers = nats_servers(config),
                     .credentials = config.credentials,
                     .loaded = std::move(*credentials),
                     .refusals = sending ? 1u : 2u,
                     .outlasts_refusals = sending ? Duration(0) : Duration(std::chrono::minutes(1)),
                     .leaves_lame_duck = !sending,
                     .whole = time_left(timeout, session),
                     .on_slow_look_up = std::move(tell)};
}

std::string host_name() {
  std::array<char, 256> host{};
  return gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "";
}

bool shows_progress(const CommandLine& line) {
  return line.text("progress").value_or("auto") == "auto" && !line.is_set("quiet");
}

Result<void> fetch_payload(const CommandLine& line, SendOptions& options, const Session& session) {
  const auto& file = line.text("payload-file");
  if (!file && !line.is_set("stdin")) return {};
  const Deadline deadline = deadline_after(session.start, options.timeout.value_or(Duration(0)));
  auto payload = read_payload(file.value_or(""), session.signals, deadline);
  if (!payload) return pass_on(payload);
  options.message.payload = std::move(*payload);
  return {};
}

}  // namespace remaphore
