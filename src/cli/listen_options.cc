#include "cli/listen_options.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "base/hex.h"
#include "cli/barrier_options.h"
#include "cli/bus_options.h"
#include "cli/inputs.h"
#include "io/system_clock.h"
#include "io/version.h"
#include "jetstream/request.h"

namespace remaphore {
namespace {

Result<Filter> filter_of(const CommandLine& line, const Config& config) {
  Filter filter;
  const auto& destination = line.text("destination");
  if (!line.is_set("any-destination")) {
    filter.destination = destination.value_or(config.destination);
    filter.literal_destination = destination.has_value();
  }
  if (const auto& uuid = line.text("uuid")) filter.uuid = Uuid::from_text(*uuid);
  auto verbs = verbs_of(line);
  if (!verbs) return pass_on(verbs);
  filter.verbs = std::move(*verbs);
  auto key = public_key(line);
  if (!key) return pass_on(key);
  if (!key->empty()) filter.public_key = std::move(*key);
  return filter;
}

// What ends the wait.
Result<void> set_goal(const CommandLine& line, const Config& config, ListenOptions& options) {
  auto barrier = barrier_options(line, config);
  if (!barrier) return pass_on(barrier);
  if (*barrier) {
    options.goal = std::move((*barrier)->goal);
    options.arrival = std::move((*barrier)->arrival);
  } else if (line.is_set("once") || options.filter.uuid) {
    options.goal = Goal::first_match();
  }
  return {};
}

// How commands are run, once the goal is known.
Result<void> set_commands(const CommandLine& line, ListenOptions& options) {
  if (line.is_set("payload-stdin")) options.payload = PayloadAs::kStandardInput;
  options.jobs = line.number("jobs").value_or(1);
  options.script_timeout = line.duration("script-timeout");
  if (options.script_timeout && options.script_timeout->count() == 0) options.script_timeout.reset();  // 0: no bound
  options.delay = {line.duration("splay").value_or(Duration(0)), line.duration("start-after").value_or(Duration(0))};
  if (options.delay.splay.count() > 0 && options.delay.after_signed.count() > 0) {
    return fail(Errc::kUsage, "options --splay and --start-after cannot be combined");
  }
  options.grace = line.duration("grace").value_or(Duration(0));
  options.pass_exit_status = line.is_set("exit-status");
  return {};
}

// --since and --last, once the goal and the command are known.
Result<void> set_kept(const CommandLine& line, const Config& config, ListenOptions& options) {
  const auto since = line.duration("since");
  if (!since) return {};
  options.kept = {jetstream::stream_name(config.subject), *since, line.is_set("last")};
  if (options.kept->newest && !options.waits_for_one()) {
    return fail(Errc::kUsage, "option --last needs -o or -u: without them every message counts");
  }
  const bool runs_all = !options.command.empty() && !options.waits_for_one();
  if (runs_all && !line.text("state")) {
    return fail(
        Errc::kUsage,
        "option --since with a command needs --state DIR: without it a restart would run the same messages again");
  }
  return {};
}

// The part of a presence answer that does not change while the listener runs.
Presence presence_of(const ListenOptions& options, const Config& config) {
  Presence presence;
  presence.version = kVersion;
  presence.destination = config.destination;
  presence.pid = getpid();
  presence.host = host_name();
  presence.since = SystemClock().now();
  presence.verbs = options.filter.verbs;
  if (options.filter.uuid) presence.uuid = hex::encode(options.filter.uuid->bytes());
  presence.has_command = !options.command.empty();
  presence.jobs = options.jobs;
  return presence;
}

}  // namespace

Result<ListenOptions> listen_options(const CommandLine& line, const Config& config) {
  ListenOptions options;
  options.command = line.arguments();
  options.json = line.is_set("json");
  options.timeout = line.duration("timeout");
  auto filter = filter_of(line, config);
  if (!filter) return pass_on(filter);
  options.filter = std::move(*filter);
  if (auto set = set_goal(line, config, options); !set) return pass_on(set);
  if (auto set = set_commands(line, options); !set) return pass_on(set);
  auto subject = broadcast_subject(line, config);
  if (!subject) return pass_on(subject);
  options.subject = std::move(*subject);
  if (auto set = set_kept(line, config, options); !set) return pass_on(set);
  if (config.presence) options.presence = presence_of(options, config);
  return options;
}

}  // namespace remaphore
