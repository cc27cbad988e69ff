#include "cli/who_mode.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "app/survey.h"
#include "base/json_text.h"
#include "cli/bus_options.h"
#include "cli/inputs.h"
#include "cli/targets.h"
#include "core/presence_table.h"
#include "io/runtime.h"

namespace remaphore {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(2);

// -D: a pattern as it is, everything else as the exact names that it resolves to.
Result<void> set_targets(SurveyOptions& options, const CommandLine& line, const Config& config, Log& log) {
  TargetList targets;
  if (auto added = targets.add(line.text("destination").value_or("**")); !added) return pass_on(added);
  auto names = names_of(targets, config, log);
  if (!names) return pass_on(names);
  if (const auto pattern = targets.single_pattern()) {
    options.pattern = *pattern;
  } else {
    options.names = std::move(*names);
  }
  return {};
}

Result<SurveyOptions> survey_options(const CommandLine& line, const Config& config, Log& log) {
  SurveyOptions options{};
  if (auto set = set_targets(options, line, config, log); !set) return pass_on(set);
  const auto key = public_key(line);
  if (!key) return pass_on(key);
  const auto identity = key->empty() ? Result<const Identity*>(&config.default_signer()) : config.identity_of(*key);
  if (!identity) return pass_on(identity);
  options.identity = *identity;
  options.timeout = line.duration("timeout").value_or(kTimeout);
  return options;
}

ExitStatus verdict(const Survey& found) {
  if (!found.delivered) return ExitStatus::kFailure;
  if (found.answers.empty()) return ExitStatus::kNothing;
  return found.silent.empty() ? ExitStatus::kOk : ExitStatus::kSilent;
}

std::string table_of(const Survey& found) {
  std::vector<PresenceRow> rows;
  for (const Survey::Answer& answer : found.answers) {
    rows.push_back({answer.destination, &answer.presence, answer.clock_offset});
  }
  const auto by_name = [](const PresenceRow& a, const PresenceRow& b) { return a.destination < b.destination; };
  std::stable_sort(rows.begin(), rows.end(), by_name);
  for (const std::string& destination : found.silent) rows.push_back({destination, nullptr, {}});
  return format_presence_table(rows);
}

std::string json_of(const Survey& found, ExitStatus status) {
  std::string lines;
  for (const Survey::Answer& answer : found.answers) {
    JsonObject json;
    json.text("type", "presence").text("destination", answer.destination);
    append_presence(json, answer.presence);
    json.seconds("latency", answer.latency)
        .number("clock_offset_ms", std::chrono::round<std::chrono::milliseconds>(answer.clock_offset).count());
    lines += json.line();
  }
  for (const std::string& destination : found.silent) {
    lines += JsonObject().text("type", "missing").text("destination", destination).line();
  }
  return lines + JsonObject()
                     .text("type", "summary")
                     .count("awaited", found.asked)
                     .count("answered", found.asked - found.silent.size())
                     .count("missing", found.silent.size())
                     .number("status", static_cast<int>(status))
                     .line();
}

}  // namespace

ExitStatus run_who(const CommandLine& line, const Session& session) {
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  const auto options = survey_options(line, *config, session.log);
  if (!options) return fail_with(session, options.error());
  auto connection = nats_options(*config, LinkUse::kSender, options->timeout, session);
  if (!connection) return fail_with(session, connection.error());

  Runtime runtime(std::move(*connection), session.signals);
  runtime.loop.add(session.standard_error);
  const Survey found = survey(*options, *config, runtime.ports(session.log));
  const ExitStatus status = verdict(found);
  if (found.delivered) session.output.write(line.is_set("json") ? json_of(found, status) : table_of(found));
  session.output.finish();
  if (status != ExitStatus::kFailure && session.output.failure()) {
    session.log.error(session.output.failure()->message);
    return ExitStatus::kFailure;
  }
  return status;
}

}  // namespace remaphore
