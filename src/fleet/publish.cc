#include <fmt/format.h>

#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "check/announcement.h"
#include "check/probe.h"
#include "fleet/applied.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/fleet_node.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/identity.h"
#include "fleet/published.h"
#include "fleet/report.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

Duration timeout_of(const Options& options) {
  return options.timeout.empty() ? AnnouncementOptions::kDefaultTimeout : *parse_duration(options.timeout);
}

// Serial numbers for the rosters about to be published, recorded in DIR/roster first: no node may ever have a higher
// one.
Result<void> raise_serial(const Folder& folder, Roster& roster, std::uint64_t by) {
  if (Result<void> good = check_writable(folder, {"secrets"}, {}); !good) return good;
  const HeldSignals held;
  if (Result<void> good = ensure_identity(folder, roster); !good) return good;
  roster.serial += by;
  return folder.write_roster(roster);
}

// Makes DIR/nodes match what the nodes have; only now, because some nodes may use these very files. Returns the configs
// that cannot be changed.
std::vector<Error> update_nodes(const Folder& folder, const Roster& roster) {
  const HeldSignals held;
  PlannedChanges planned = plan_peers(folder, roster, configured(roster));
  const std::vector<Error> faults = apply_each(planned.changes);
  planned.faults.insert(planned.faults.end(), faults.begin(), faults.end());
  return std::move(planned.faults);
}

class PublishReport {
 public:
  PublishReport(const Options& options, const Roster& roster, const Announcement& announcement)
      : report_(options.format), roster_(roster), announcement_(announcement) {}

  Result<ExitStatus> print(std::size_t bytes, const std::vector<Error>& faults) {
    for (const Error& fault : faults) report_.fault(fault.message);
    const std::size_t nodes = roster_.active().size();
    report_.text(fmt::format(
        "roster {}: {} node{}, {} bytes, {}\n", roster_.serial, nodes, nodes == 1 ? "" : "s", bytes,
        announcement_.sequence ? "kept by the stream" : fmt::format("not kept: {}", announcement_.why_not)));
    JsonObject object;
    object.text("type", "published").count("serial", roster_.serial).count("nodes", nodes).count("bytes", bytes);
    object.flag("kept", announcement_.sequence.has_value());
    announcement_.sequence ? object.count("sequence", *announcement_.sequence)
                           : object.text("text", announcement_.why_not);
    report_.object(object);
    for (const Collected::Answer& answer : announcement_.collected.answers) report_answer(answer);
    for (const std::string& destination : announcement_.collected.silent) report_silent(destination);
    return report_.end(status_);
  }

 private:
  void line(std::string_view destination, std::string_view state, std::string_view text, std::string_view output) {
    report_.text(
        fmt::format("{} {}{}{}\n", destination, text, output.empty() ? "" : ": ", escape_control(trim(output))));
    JsonObject object;
    object.text("type", "node").text("destination", destination).text("state", state);
    if (!output.empty()) object.text("output", trim(output));
    report_.object(object);
  }

  void report_answer(const Collected::Answer& answer) {
    if (answer.exit_status == 0) return line(answer.destination, "applied", "has it", answer.output);
    status_ = ExitStatus::kIncomplete;
    line(answer.destination, "refused", fmt::format("has not applied it (exit {})", answer.exit_status), answer.output);
  }

  void report_silent(std::string_view destination) {
    if (announcement_.sequence)
      return line(destination, "later", "will get it when its roster listener reconnects", {});
    status_ = ExitStatus::kIncomplete;
    line(destination, "missing", "has not answered, and the roster is not kept for it: publish again", {});
  }

  Report report_;
  const Roster& roster_;
  const Announcement& announcement_;
  ExitStatus status_ = ExitStatus::kOk;
};

Result<void> record(const Folder& folder, const Roster& roster, const Collected& collected) {
  Result<AppliedRosters> applied = read_applied(folder);
  if (!applied) return pass_on(applied);
  std::erase_if(*applied, [&roster](const auto& one) { return roster.find(one.first) == nullptr; });
  for (const Collected::Answer& answer : collected.answers) {
    if (answer.exit_status == 0) (*applied)[answer.destination] = {roster.serial, unix_seconds(), answer.public_key};
  }
  return write_applied(folder, *applied);
}

std::string with_serial(Roster roster, std::uint64_t serial) {
  roster.serial = serial;
  return format_published(roster, unix_seconds());
}

// `roster` has the second of the serial numbers.
Result<Announcement> announce_roster(const Folder& folder, const Roster& roster, Duration timeout, Signals& signals) {
  const Result<FleetKeys> keys = folder.read_keys();
  if (!keys) return pass_on(keys);
  const Result<SecretKey> key = read_identity(folder, roster);
  if (!key) return pass_on(key);
  Result<Config> config = fleet_config(roster, *key);
  if (!config) return pass_on(config);
  if (roster.tls) config->tls_ca = folder.file("hub/ca.pem");
  const auto login = [&] {
    NatsOptions options = probe_options(*config, config->servers);
    options.loaded = publisher_credentials(*keys, roster);
    options.whole = timeout;
    return options;
  };
  return announce(
      {std::string(kRosterVerb), with_serial(roster, roster.serial - 1), with_serial(roster, roster.serial), timeout},
      *config, login, signals);
}

Result<ExitStatus> print_roster(const Options& options, const Roster& roster) {
  const std::string text = with_serial(roster, roster.serial);
  Report all(options.format);
  all.text(text);
  all.object(JsonObject().text("type", "roster").count("serial", roster.serial).text("text", text));
  return all.end(ExitStatus::kOk);
}

}  // namespace

Result<ExitStatus> run_publish(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  if (Result<void> raised = raise_serial(*folder, *roster, options.print ? 1 : 2); !raised) return pass_on(raised);
  if (options.print) return print_roster(options, *roster);
  Signals signals;
  const Result<Announcement> announcement = announce_roster(*folder, *roster, timeout_of(options), signals);
  if (!announcement) return pass_on(announcement);
  if (Result<void> recorded = record(*folder, *roster, announcement->collected); !recorded) return pass_on(recorded);
  const std::vector<Error> faults = update_nodes(*folder, *roster);
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  return PublishReport(options, *roster, *announcement).print(with_serial(*roster, roster->serial).size(), faults);
}

}  // namespace remaphore::fleet
