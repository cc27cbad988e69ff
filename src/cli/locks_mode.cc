#include "cli/locks_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "app/lock_break.h"
#include "app/lock_survey.h"
#include "base/deadline.h"
#include "base/duration.h"
#include "base/json_text.h"
#include "base/redact.h"
#include "base/timestamp.h"
#include "cli/bus_options.h"
#include "cli/inputs.h"
#include "core/lock_key.h"
#include "core/lock_text.h"
#include "io/confirmation.h"
#include "io/runtime.h"

namespace remaphore {
namespace {

constexpr Duration kListTimeout = std::chrono::seconds(10);

Duration patience(const CommandLine& line) { return line.duration("timeout").value_or(kListTimeout); }

// The time for the next step: what is left of -t; without -t, kListTimeout.
Duration step_timeout(const CommandLine& line, const Session& session) {
  const auto timeout = line.duration("timeout");
  return timeout ? time_left(*timeout, session) : kListTimeout;
}

Result<LockSurvey> survey(const std::string& name, const CommandLine& line, const Config& config,
                          const Session& session) {
  auto connection = nats_options(config, LinkUse::kSender, patience(line), session);
  if (!connection) return pass_on(connection);
  Runtime runtime(std::move(*connection), session.signals);
  runtime.loop.add(session.standard_error);
  return survey_locks(name, config, runtime.ports(session.log), step_timeout(line, session));
}

std::string table_of(const LockSurvey& found) {
  const WallTime now = SystemClock().now();
  std::vector<LockTableRow> rows;
  for (const LockRow& row : found.rows) rows.push_back({row.name, row.ticket, row.signer, &row.entry, now - row.seen});
  return format_lock_table(rows);
}

std::string json_of(const LockSurvey& found, ExitStatus status) {
  std::string lines;
  for (const LockRow& row : found.rows) {
    const bool holds = row.entry.state == LockEntry::State::kHeld;
    JsonObject json;
    json.text("type", "lock").text("name", row.name).text("state", holds ? "held" : "waiting");
    json.count("ticket", row.ticket).text("holder", row.signer).text("host", row.entry.host);
    json.number("pid", row.entry.pid).text("since", format_lock_since(row.entry));
    json.text("seen", format_timestamp(row.seen)).count("slots", row.entry.slots).seconds("lease", row.entry.lease);
    if (holds) json.count("fence", row.entry.fence);
    lines += json.line();
  }
  return lines + JsonObject()
                     .text("type", "summary")
                     .count("unverified", found.unverified)
                     .number("status", static_cast<int>(status))
                     .line();
}

struct Place {
  std::string name;
  std::uint64_t ticket = 0;
};

Result<Place> parse_place(const std::string& text) {
  const auto slash = text.find('/');
  Place place{text.substr(0, slash), 0};
  if (auto valid = lock_key::check_name(place.name); !valid) return pass_on(valid);
  const char* const first = slash == std::string::npos ? nullptr : text.data() + slash + 1;
  const char* const last = text.data() + text.size();
  if (first != nullptr) {
    const auto [end, error] = std::from_chars(first, last, place.ticket);
    if (error == std::errc() && end == last && place.ticket > 0) return place;
  }
  return fail(Errc::kUsage, fmt::format("--break {} is not NAME/TICKET, as --locks shows it", quote_redacted(text)));
}

// --yes, or yes on the terminal.
Result<bool> is_agreed(const CommandLine& line, const LockRow& row, const Session& session) {
  if (line.is_set("yes")) return true;
  const bool holds = row.entry.state == LockEntry::State::kHeld;
  const std::string question =
      fmt::format("{} {} {} since {}\n{}? [y/N] ", format_lock_owner(row.entry), holds ? "holds" : "waits for",
                  row.name, format_lock_since(row.entry),
                  holds ? "end its command and give the lock to the next" : "remove it from the queue");
  const Duration timeout = line.duration("timeout").value_or(Duration(0));
  switch (ask_on_terminal(question, session.signals, deadline_after(session.start, timeout))) {
    case Consent::kYes: return true;
    case Consent::kNo: return false;
    case Consent::kTooLate:
      return fail(Errc::kUsage,
                  fmt::format("--break was not confirmed within {}; nothing was done", format_duration(timeout)));
    case Consent::kNoTerminal: break;
  }
  return fail(Errc::kUsage, "--break asks for confirmation on a terminal; without one, use --yes");
}

Result<void> break_it(const CommandLine& line, const LockRow& row, const Identity& identity, const Config& config,
                      const Session& session) {
  auto connection = nats_options(config, LinkUse::kSender, line.duration("timeout").value_or(Duration(0)), session);
  if (!connection) return pass_on(connection);
  Runtime runtime(std::move(*connection), session.signals);
  runtime.loop.add(session.standard_error);
  const Duration timeout = line.is_given("timeout") ? step_timeout(line, session) : kListTimeout + time_to_react(row);
  return break_lock(row, identity, config, runtime.ports(session.log), timeout);
}

}  // namespace

ExitStatus run_locks(const CommandLine& line, const Session& session) {
  const std::string name = line.arguments().empty() ? "" : line.arguments().front();
  if (!line.arguments().empty()) {
    if (const auto valid = lock_key::check_name(name); !valid) return fail_with(session, valid.error());
  }
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  const auto found = survey(name, line, *config, session);
  if (!found) return fail_with(session, found.error());
  if (found->unverified > 0) {
    session.log.notice(fmt::format("{} entries are not signed by anyone who may use these locks", found->unverified));
  }
  const ExitStatus status = found->rows.empty() ? ExitStatus::kNothing : ExitStatus::kOk;
  if (line.is_set("json")) {
    session.output.write(json_of(*found, status));
  } else if (!found->rows.empty()) {
    session.output.write(table_of(*found));
  }
  session.output.finish();
  if (session.output.failure()) return fail_with(session, *session.output.failure());
  return status;
}

// The row of this ticket; nullptr: there is none. After a stream was lost, tickets of the old one may come again in the
// new one. Errc::kRuntime, naming two with the same.
Result<const LockRow*> find_row(const LockSurvey& found, std::uint64_t ticket) {
  const LockRow* one = nullptr;
  for (const LockRow& row : found.rows) {
    if (row.ticket != ticket) continue;
    if (one != nullptr) {
      return fail(
          Errc::kRuntime,
          fmt::format(
              "ticket {}/{} belongs to both {} and {}, one of them from a stream that was lost; nothing was done",
              row.name, ticket, format_lock_owner(one->entry), format_lock_owner(row.entry)));
    }
    one = &row;
  }
  return one;
}

enum class Outcome { kBroken, kLeft };

// The last object of --break.
ExitStatus leave_with(const LockRow& row, Outcome outcome, const CommandLine& line, const Session& session) {
  const bool broken = outcome == Outcome::kBroken;
  const ExitStatus status = broken ? ExitStatus::kOk : ExitStatus::kNothing;
  if (!line.is_set("json")) return status;
  std::string_view state = row.entry.state == LockEntry::State::kHeld ? "held" : "waiting";
  if (broken) state = "broken";
  JsonObject json;
  json.text("type", "lock").text("name", row.name).text("state", state).count("ticket", row.ticket);
  json.text("holder", row.signer).number("status", static_cast<int>(status));
  session.output.write(json.line());
  session.output.finish();
  return status;
}

// After consent was given.
ExitStatus break_row(const CommandLine& line, const LockRow& row, const Identity& identity, const Config& config,
                     const Session& session) {
  const auto agreed = is_agreed(line, row, session);
  if (!agreed) return fail_with(session, agreed.error());
  if (!*agreed) {
    session.log.notice("nothing was done");
    return leave_with(row, Outcome::kLeft, line, session);
  }
  const auto broken = break_it(line, row, identity, config, session);
  if (!broken) return fail_with(session, broken.error());
  session.log.notice(fmt::format("{} no longer {} {}", format_lock_owner(row.entry),
                                 row.entry.state == LockEntry::State::kHeld ? "holds" : "waits for", row.name));
  return leave_with(row, Outcome::kBroken, line, session);
}

ExitStatus run_break(const CommandLine& line, const Session& session) {
  const auto place = parse_place(line.text("break").value_or(""));
  if (!place) return fail_with(session, place.error());
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  const auto key = public_key(line);
  if (!key) return fail_with(session, key.error());
  const auto identity = lock_key::identity_for(*config, place->name, *key);
  if (!identity) return fail_with(session, identity.error());
  const auto found = survey(place->name, line, *config, session);
  if (!found) return fail_with(session, found.error());
  const auto row = find_row(*found, place->ticket);
  if (!row) return fail_with(session, row.error());
  if (*row != nullptr) return break_row(line, **row, **identity, *config, session);
  session.log.failure(fmt::format("nobody has ticket {} of {} (see remaphore --locks)", place->ticket, place->name),
                      ExitStatus::kNothing);
  return ExitStatus::kNothing;
}

}  // namespace remaphore
