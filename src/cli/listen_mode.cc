#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "app/listen.h"
#include "cli/inputs.h"
#include "cli/mode_options.h"
#include "cli/modes.h"
#include "io/audit_file.h"
#include "io/event_loop.h"
#include "io/readiness.h"
#include "io/service_notifier.h"
#include "io/state_dir.h"
#include "io/subprocess.h"
#include "io/system_clock.h"
#include "io/worker_threads.h"

namespace remaphore {
namespace {

// What tells our supervisors about us. Before the config is read: nobody shall take a former run's file for ours.
struct Supervision {
  std::unique_ptr<Readiness> readiness;
  std::unique_ptr<ServiceNotifier> notifier;
};

Result<Supervision> supervise(const CommandLine& line, Log& log) {
  std::optional<int> descriptor;
  if (const auto number = line.number(OptionId::kReadyFd)) descriptor = static_cast<int>(*number);
  auto readiness = Readiness::prepare(line.text(OptionId::kReadyFile), descriptor, log);
  if (!readiness) return Unexpected<Error>(std::move(readiness.error()));
  return Supervision{std::move(*readiness), ServiceNotifier::from_environment(log)};
}

}  // namespace

ExitStatus run_listener(const CommandLine& line, const Session& session) {
  const auto supervised = supervise(line, session.log);
  if (!supervised) return fail_with(session, supervised.error());
  const auto config = load_config(line, session.log);
  if (!config) return fail_with(session, config.error());
  const auto options = listen_options(line, *config);
  if (!options) return fail_with(session, options.error());
  auto connection = nats_options(*config, false, options->timeout.value_or(Duration(0)), session.log);
  if (!connection) return fail_with(session, connection.error());

  const SystemClock clock;
  std::unique_ptr<StateDir> state;
  if (const auto& path = line.text(OptionId::kState)) {
    auto opened = StateDir::open(*path);
    if (!opened) return fail_with(session, opened.error());
    state = std::move(*opened);
  }
  std::unique_ptr<AuditFile> audit;
  if (const auto& path = line.text(OptionId::kAudit)) {
    auto opened = AuditFile::open(*path, clock, session.log);
    if (!opened) return fail_with(session, opened.error());
    audit = std::move(*opened);
  }

  EventLoop loop(session.signals);
  NatsConnection bus(std::move(*connection), clock);
  Subprocess scripts(session.signals);
  loop.add(bus);
  loop.add(scripts);
  loop.add(session.output);
  std::vector<ServiceStatus*> supervisors{supervised->readiness.get()};
  if (supervised->notifier) {
    loop.add(*supervised->notifier);
    supervisors.push_back(supervised->notifier.get());
  }
  WorkerThreads workers;
  loop.add(workers);
  return listen(*options, *config,
                {bus,
                 clock,
                 loop,
                 scripts,
                 session.output,
                 session.log,
                 {state.get(), audit.get()},
                 std::move(supervisors),
                 &workers});
}

}  // namespace remaphore
