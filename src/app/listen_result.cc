#include "app/listen_result.h"

#include <fmt/format.h>

#include "app/barrier_report.h"
#include "base/duration.h"

namespace remaphore {
namespace {

// Whatever was received. Every reason is logged, except that of a refusal, which was logged when it came.
bool has_failed(const ListenEnd& end, Log& log) {
  if (end.overflowed > 0)
    log.failure(fmt::format("valid messages refused at a limit or not recorded: {}", end.overflowed));
  if (end.audit_incomplete) log.failure("the audit is not complete");
  return end.is_permanently_refused || end.overflowed > 0 || end.audit_incomplete;
}

ExitStatus end_of_barrier(const ListenEnd& end, Log& log) {
  if (end.arrival_failed) return ExitStatus::kFailure;
  if (end.goal.reached() && end.arrival_unconfirmed) {
    log.failure("all have arrived, but the server has not confirmed our last signal: others may not have received it");
    return ExitStatus::kFailure;
  }
  report_missing(end.goal, log);
  return barrier_status(end.goal);
}

ExitStatus end_in_vain(const ListenEnd& end, Log& log) {
  if (end.was_active || end.has_read_kept) {
    const bool timed_out = end.received == 0 && !end.signal && end.timeout;
    if (timed_out) log.notice(fmt::format("no message came within {}", format_duration(*end.timeout)));
    return ExitStatus::kNothing;
  }
  log.failure(end.reads_kept ? "the messages that the stream keeps were not read in time" : end.trouble);
  return ExitStatus::kFailure;
}

}  // namespace

ExitStatus listen_status(const ListenEnd& end, Log& log) {
  if (end.unsent_replies > 0) log.error(fmt::format("{} replies could not be sent", end.unsent_replies));
  if (end.output_failure) {
    log.error(end.output_failure->message);
    return ExitStatus::kFailure;
  }
  if (has_failed(end, log)) return ExitStatus::kFailure;
  const bool has_heard = end.was_active || end.has_read_kept || end.goal.reached();
  if (end.goal.is_barrier() && has_heard) return end_of_barrier(end, log);
  if (end.command_status) return ExitStatus{*end.command_status};
  if (end.goal.exists() && end.start_failed) return ExitStatus::kFailure;
  const bool in_vain = end.goal.exists() && !end.goal.reached();  // messages that could not be passed do not count
  if (in_vain && end.dropped > 0) return ExitStatus::kFailure;
  return end.received > 0 && !in_vain ? ExitStatus::kOk : end_in_vain(end, log);
}

void report_dropped(const Goal& goal, std::uint64_t dropped, std::size_t unverified, Log& log) {
  if (goal.reached()) return;
  if (dropped > 0) {
    const std::string line = fmt::format("{} received messages were not handled", dropped);
    goal.is_first_match() ? log.failure(line) : log.error(line);
  }
  if (unverified > 0) log.error(fmt::format("{} more were neither verified nor handled", unverified));
}

void record_end(const ListenEnd& end, ExitStatus status, const MessageRecorder& recorder) {
  record_missing(end.goal, recorder);
  recorder.sum_up(
      {end.received, end.dropped,
       end.goal.is_barrier() ? std::optional(ArrivalCount{end.goal.arrived(), end.goal.expected()}) : std::nullopt,
       end.signal ? 128 + *end.signal : static_cast<int>(status)});
}

}  // namespace remaphore
