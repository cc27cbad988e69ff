#include "check/check_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/duration.h"
#include "base/text.h"
#include "check/check_streams.h"
#include "check/checklist.h"
#include "check/ping.h"
#include "check/probe.h"
#include "core/config_parser.h"
#include "core/keys.h"
#include "io/config_file.h"
#include "io/credentials_file.h"
#include "io/private_file.h"
#include "io/system_clock.h"
#include "io/tls.h"
#include "io/user.h"

namespace remaphore {
namespace {

constexpr Duration kServerTimeout = std::chrono::seconds(5);
constexpr std::int64_t kLongest = 100'000LL * 365 * 24 * 3600;  // seconds, of a span that is shown
constexpr std::string_view kAskForNew = "ask the administrator of the fleet for a new nats.creds";

// The fault in the file's permissions; empty if none.
std::string permission_fault(const std::string& path) {
  Result<PrivateFile> file = read_private_file(path, kMaxConfigBytes);
  if (!file) return {};  // already reported when its content was read
  keys::wipe(file->text);
  return file->warning;
}

void check_permissions(const std::string& fault, const std::string& path, Checklist& list) {
  fault.empty() ? list.yes(fmt::format("{} is not accessible to others", path)) : list.no(fault, "");
}

std::optional<Config> check_config(const std::string& path, Checklist& list) {
  Result<Config> config = read_config(path, std::nullopt);
  if (!config) {
    list.no(config.error().message, "see remaphore.conf(5); remaphore -C prints an example");
    return std::nullopt;
  }
  const std::size_t peers = config->peers.all().size();
  list.yes(
      fmt::format("{} is a config for {} with {} peer{}", path, config->destination, peers, peers == 1 ? "" : "s"));
  const std::string fault = permission_fault(path);
  for (const std::string& warning : config->warnings) {
    if (warning != fault) list.note(warning);
  }
  check_permissions(fault, path, list);
  const Identity& signer = config->default_signer();
  list.yes(fmt::format("key pair {}, which may send {}", signer.public_key,
                       signer.verbs.text().empty() ? "nothing" : signer.verbs.text()));
  return std::move(*config);
}

std::string format_span(std::chrono::seconds time) {
  if (time > std::chrono::hours(48)) return fmt::format("{} days", time / std::chrono::hours(24));
  return format_duration(time);
}

void check_claims(const nats::Credentials& credentials, Checklist& list) {
  const auto claims = nats::read_claims(credentials);
  if (!claims) return list.no("credentials: " + claims.error().message, kAskForNew);
  const std::string what =
      fmt::format("credentials of {}", claims->user_public.empty() ? "an unnamed user" : claims->user_public);
  if (!claims->expires) return list.yes(what + " never expire");
  const std::int64_t now = unix_seconds();
  std::int64_t left = 0;
  if (__builtin_sub_overflow(*claims->expires, now, &left)) left = *claims->expires < 0 ? -kLongest : kLongest;
  left = std::clamp(left, -kLongest, kLongest);
  if (left > 0) return list.yes(fmt::format("{} expire in {}", what, format_span(std::chrono::seconds(left))));
  list.no(fmt::format("{} expired {} ago", what, format_span(std::chrono::seconds(-left))), kAskForNew);
}

// nullopt: there is nothing to log in with.
std::optional<nats::Credentials> check_credentials(const Config& config, Checklist& list) {
  std::string fault;
  Result<nats::Credentials> credentials = read_credentials(config.credentials, &fault);
  if (!credentials) {
    list.no(credentials.error().message, kAskForNew);
    return std::nullopt;
  }
  check_permissions(fault, config.credentials, list);
  check_claims(*credentials, list);
  return std::move(*credentials);
}

// False if no server that asks for TLS would get it.
bool check_tls_files(const Config& config, Checklist& list) {
  if (const Result<void> usable = check_tls(config); !usable) {
    list.no(usable.error().message, "see tls_ca, tls_cert and tls_key in remaphore.conf(5)");
    return false;
  }
  if (tls_files(config).any()) list.yes("the TLS files are usable");
  return true;
}

std::string milliseconds(Duration time) {
  return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(time).count());
}

constexpr std::int64_t kWarnAhead = std::int64_t{30} * 24 * 3600;  // seconds

// A warning, not a failure: the certificate is still good.
void check_certificate(std::string_view whose, std::int64_t expires, Checklist& list) {
  const std::int64_t now = unix_seconds();
  const std::string left = format_span(std::chrono::seconds(std::clamp(expires - now, std::int64_t{0}, kLongest)));
  if (expires - now > kWarnAhead) return list.yes(fmt::format("{} expires in {}", whose, left));
  list.note(fmt::format("{} expires in {}; the administrator of the fleet renews it with remaphore-fleet renew-tls",
                        whose, left));
}

// Nothing if there is no link to the server.
std::optional<Probe> check_server(const ServerAddress& server, const Config& config, StreamRights rights,
                                  Signals& signals, Checklist& list) {
  Result<Probe> probe = probe_server(server, config, rights, signals, kServerTimeout);
  const std::string name = server.display();
  if (!probe) {
    list.no(probe.error().message, probe.error().code == Errc::kConfig
                                       ? "was this node revoked, or is that another fleet's server?"
                                       : "is the server running, and can this node reach it?");
    return std::nullopt;
  }
  for (const std::string& why : probe->passed_over) list.note(why);
  list.yes(fmt::format("{} answers in {}", name, milliseconds(probe->round_trip)));
  if (probe->certificate_expires != 0)
    check_certificate(fmt::format("the certificate of {}", name), probe->certificate_expires, list);
  const auto permission = [&](std::string_view what, const std::optional<std::string>& denial) {
    if (!denial) return list.yes(fmt::format("{} permits {} {}.*", name, what, config.subject));
    list.no(*denial, "is `subject` the same as in the fleet's roster?");
  };
  permission("subscribing to", probe->may_not_subscribe);
  permission("publishing to", probe->may_not_publish);
  return std::move(*probe);
}

void check_servers(const Config& config, StreamRights rights, CheckScope scope, Signals& signals, Checklist& list) {
  std::vector<Reached> reached;
  for (const ServerAddress& server : config.servers) {
    if (signals.stop_signal()) return;
    if (auto probe = check_server(server, config, rights, signals, list))
      reached.push_back({server.display(), std::move(*probe)});
  }
  if (signals.stop_signal()) return;
  check_streams(config, rights, reached, reached.size() == config.servers.size(), list);
  check_cluster(reached, list);
  if (scope == CheckScope::kNodeAndPeers && !reached.empty()) ping_peers(config, signals, list);
}

void check_all(const std::string& config_path, CheckScope scope, Signals& signals, Checklist& list) {
  const std::optional<Config> config = check_config(config_path, list);
  if (!config) return;
  const std::optional<nats::Credentials> credentials = check_credentials(*config, list);
  const bool has_tls = check_tls_files(*config, list);
  if (credentials && has_tls) check_servers(*config, stream_rights(credentials->token, *config), scope, signals, list);
}

}  // namespace

Result<ExitStatus> check_node(const CheckOptions& options, Signals& signals) {
  if (options.user) {
    if (Result<void> become = become_user(*options.user); !become) return pass_on(become);
  }
  Checklist list(options.format);
  check_all(options.config, options.scope, signals, list);
  const ExitStatus status = list.all_good() ? ExitStatus::kOk : ExitStatus::kNotReady;
  if (!signals.stop_signal()) list.end(status);
  if (!list.written()) return pass_on(list.written());
  return status;
}

}  // namespace remaphore
