#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "base/redact.h"
#include "core/config_parser.h"
#include "fleet/authority.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/hub_checks.h"
#include "fleet/hub_report.h"
#include "fleet/hub_servers.h"
#include "fleet/listen_address.h"
#include "fleet/marked_lines.h"
#include "fleet/preparation.h"
#include "fleet/server_process.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"
#include "io/service_notifier.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

using Phase = ServiceState::Phase;

constexpr Duration kOwnSignal = std::chrono::milliseconds(300);  // after the end of the server

struct HubPlan {
  std::string folder;   // of the fleet
  std::string config;   // of the server: the path
  std::string program;  // nats-server
  ServerAddress listen_address;
  bool encrypts = false;  // with TLS
};

Result<std::size_t> server_number(const Options& options) {
  const std::string& text = options.server_number;
  if (text.empty()) return 1;
  if (text.size() == 1 && text[0] >= '1' && static_cast<std::size_t>(text[0] - '0') <= kMaxServers)
    return static_cast<std::size_t>(text[0] - '0');
  return fail(Errc::kUsage,
              fmt::format("not the number of a server, from 1 to {}: {}", kMaxServers, quote_redacted(text)));
}

// In sections that a person wrote, the paths stay; check_store() or nats-server then reports what is wrong.
Result<void> settle_store(const HubServer& server, std::string& config) {
  const std::string old = read_setting(config, "store_dir");
  if (old.empty() || exists(old)) return {};
  Result<std::string> changed = with_store(config, server.store());
  if (!changed) return {};
  config = std::move(*changed);
  return exists(server.store()) ? Result<void>() : make_folder(server.store(), kPublicFolder);
}

void settle_certificate(const HubServer& server, std::string& config) {
  const std::string old = read_setting(config, "cert_file");
  if (old.empty() || exists(old)) return;
  if (Result<std::string> changed = with_certificate_paths(config, server)) config = std::move(*changed);
}

// On another machine, or in another place, the server stores its data below the present DIR, and its certificate is
// there.
Result<void> settle(const std::string& path, const HubServer& server, std::string& config) {
  const std::string old = config;
  if (Result<void> settled = settle_store(server, config); !settled) return settled;
  settle_certificate(server, config);
  return config == old ? Result<void>() : rewrite({{path, config}});
}

// The address to which the other servers of a cluster connect.
Result<void> check_route_port(const std::string& config, const std::string& path) {
  const std::string port = read_setting(config, "port"), host = read_setting(config, "host");
  const Result<ServerAddress> listen_address = parse_listen(fmt::format("{}:{}", host, port));
  if (port.empty() || !listen_address) return {};
  Result<void> free = check_port_free(*listen_address);
  if (free) return free;
  return fail(free.error().code, fmt::format("{}; or change `port` of the cluster in {}", free.error().message, path));
}

Result<HubPlan> plan_hub(const Options& options) {
  const std::string folder = without_slashes(options.place);
  const Result<std::size_t> number = server_number(options);
  if (!number) return pass_on(number);
  const std::string path = folder + "/hub/" + hub_config_name(*number);
  Result<std::string> config = read_whole(path, kMaxConfigBytes);
  if (!config) return pass_on(config);
  const HubServer here{.listen_address = {}, .folder = absolute_path(folder + "/hub"), .number = *number, .tls = true};
  if (Result<void> good = settle(path, here, *config); !good) return pass_on(good);
  Result<std::string> server = find_nats_server();
  if (!server) return pass_on(server);
  const Result<ServerAddress> listen_address = read_listen_line(*config);
  if (!listen_address) {
    return fail(listen_address.error().code, fmt::format("{}: {}", path, listen_address.error().message));
  }
  if (Result<void> free = check_port_free(*listen_address); !free) {
    return fail(free.error().code, fmt::format("{}; or change `listen` in {}", free.error().message, path));
  }
  if (Result<void> free = check_route_port(*config, path); !free) return pass_on(free);
  if (Result<void> good = check_store(*config); !good) return pass_on(good);
  return HubPlan{.folder = folder,
                 .config = path,
                 .program = std::move(*server),
                 .listen_address = *listen_address,
                 .encrypts = has_line(*config, "tls")};
}

// Follows the server through its life: prepared, ready, ended; passes signals on to it.
class Hub : public EventSource {
 public:
  Hub(HubPlan plan, Signals& signals, HubReport& report)
      : plan_(std::move(plan)),
        signals_(signals),
        report_(report),
        notifier_(ServiceNotifier::from_environment(report.log())),
        preparation_(plan_.folder, plan_.listen_address) {}

  Result<ExitStatus> run() {
    Result<ServerProcess> started = ServerProcess::start({plan_.program, "-c", plan_.config});
    if (!started) return pass_on(started);
    server_.emplace(std::move(*started));
    EventLoop loop(signals_);
    loop.add(*this);
    loop.add(preparation_);
    report_.add_to(loop);
    if (notifier_) loop.add(*notifier_);
    state_.counts = false;
    report_phase(Phase::kConnecting, {});
    if (Result<void> begun = preparation_.begin(); !begun) return pass_on(begun);
    while (!server_->status()) {
      pass_signals_on();
      if (Result<void> good = prepare_further(); !good) return pass_on(good);
      loop.wait(preparation_.wake_at());
    }
    await_own_signal(loop);
    return conclude(*server_->status());
  }

  void prepare(PollSet& set) override {
    if (!ended_) set.add(server_->descriptor(), POLLIN);
  }
  void dispatch(const PollSet&) override {}

 private:
  void pass_signals_on() {
    while (const auto signal = signals_.take_stop_signal()) {
      server_->signal(*signal);
      if (*signal == SIGHUP) {
        reloaded_ = true;  // the streams may have to follow
      } else if (std::find(kStopSignals.begin(), kStopSignals.end(), *signal) != kStopSignals.end()) {
        stopping_ = true;
        report_phase(Phase::kStopping, {});
      }
    }
  }

  // A signal to all of us, from a terminal or a service manager, may have reached the server first.
  void await_own_signal(EventLoop& loop) {
    ended_ = true;
    const SystemClock clock;
    const MonotonicTime until = clock.monotonic() + kOwnSignal;
    for (pass_signals_on(); !stopping_ && clock.monotonic() < until; pass_signals_on()) loop.wait(until);
  }

  Result<void> prepare_further() {
    if (stopping_) return {};
    if (reloaded_ && !preparation_.under_way()) {
      reloaded_ = false;
      if (Result<void> begun = preparation_.begin(); !begun) report_.error(begun.error().message);
    }
    if (!preparation_.under_way()) return {};
    preparation_.turn();
    if (preparation_.failure()) {
      if (!ready_) return Unexpected(*preparation_.failure());
      report_.error(preparation_.failure()->message);
      preparation_.end();
    } else if (preparation_.done()) {
      for (const std::string& line : preparation_.notes()) report_.notice("stream", line);
      preparation_.end();
      if (!ready_) report_.ready(plan_.listen_address.display());
      ready_ = true;
      report_phase(Phase::kSubscribed, {});
    } else if (const std::string why = preparation_.take_wait_reason(); !why.empty()) {
      report_.notice("waiting", why);
      report_phase(ready_ ? Phase::kSubscribed : Phase::kConnecting, why);
    }
    return {};
  }

  void report_phase(Phase phase, std::string why) {
    state_.phase = phase;
    state_.trouble = std::move(why);
    if (notifier_) notifier_->update(state_);
  }

  ExitStatus conclude(int status) {
    if (!stopping_) {
      const std::string when = ready_ ? "" : " before it was ready; what it wrote above says why";
      report_.error(status > 128 ? fmt::format("nats-server was ended by signal {}{}", status - 128, when)
                                 : fmt::format("nats-server ended with status {}{}", status, when));
    }
    const ExitStatus own = stopping_ || status != 0 ? ExitStatus{status} : ExitStatus::kFailure;
    report_.end(own);
    return own;
  }

  const HubPlan plan_;
  Signals& signals_;
  HubReport& report_;
  std::unique_ptr<ServiceNotifier> notifier_;
  ServiceState state_;
  Preparation preparation_;
  std::optional<ServerProcess> server_;
  bool ready_ = false, reloaded_ = false, stopping_ = false;
  bool ended_ = false;  // the server
};

}  // namespace

Result<ExitStatus> run_hub(const Options& options) {
  Result<HubPlan> planned = plan_hub(options);
  if (!planned) return pass_on(planned);
  Signals signals;
  signals.watch_user_signals();
  HubReport report(options.format);
  if (!planned->encrypts && !is_loopback(planned->listen_address.host)) {
    report.notice("warning",
                  fmt::format("{} can be reached from other machines without TLS, so messages can be read on the way",
                              planned->listen_address.display()));
  }
  return Hub(std::move(*planned), signals, report).run();
}

}  // namespace remaphore::fleet
