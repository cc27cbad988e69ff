#include "app/jobs.h"

#include <fmt/format.h>

#include <utility>

#include "base/duration.h"
#include "base/text.h"

namespace remaphore {
namespace {

constexpr Duration kHeldFor = std::chrono::seconds(30);
constexpr Duration kRetry = std::chrono::milliseconds(100);

}  // namespace

bool Jobs::may_start() const { return ports_.clock.monotonic() >= retry_at_ && running() < options_.limit; }

Jobs::Start Jobs::start(VerifiedMessage message, const std::optional<ArrivalCount>& arrivals) {
  const auto started = run(message, arrivals);
  if (!started && started.error().fault == StartFailure::Fault::kSystem && hold(message, started.error())) {
    return Start::kHeld;
  }
  held_since_.reset();
  if (!started) return refuse(describe(message), started.error());
  running_.emplace(*started, describe(message));
  return Start::kStarted;
}

Jobs::Job Jobs::describe(const VerifiedMessage& message) const {
  const std::string_view sender = message.sender().destination;
  Job job{std::string(sender), fmt::format("{} from {}", escape_control(message.verb()), escape_control(sender)),
          std::nullopt, ports_.recorder.begin(message), ports_.clock.monotonic()};
  if (message.reply_wanted()) job.request = message.hash();
  if (options_.command.size() == 1) {
    const std::string& program = options_.command.front();
    job.named_like_its_verb = program.substr(program.rfind('/') + 1) == message.verb();
  }
  return job;
}

Result<CommandId, StartFailure> Jobs::run(const VerifiedMessage& message, const std::optional<ArrivalCount>& arrivals) {
  const auto command = command_for(message, options_.command, options_.destination, options_.payload, arrivals);
  if (!command) return pass_on(command);
  RunOptions how{.timeout = options_.timeout};
  if (message.reply_wanted() || options_.record_output) how.capture = ports_.replies.answer_limit();
  return ports_.runner.start(*command, how);
}

// False: it has been retried for long enough.
bool Jobs::hold(VerifiedMessage& message, const StartFailure& failure) {
  const MonotonicTime now = ports_.clock.monotonic();
  if (!held_since_) {
    held_since_ = now;
    ports_.log.error(fmt::format("{}; trying again for {}", failure.reason, format_duration(kHeldFor)));
  }
  const bool our_own_hold_it = running() > 0;
  if (now - *held_since_ >= kHeldFor && !our_own_hold_it) return false;
  held_.emplace(std::move(message));
  retry_at_ = now + kRetry;
  return true;
}

Jobs::Start Jobs::refuse(Job job, const StartFailure& failure) {
  const bool unpassable = failure.fault == StartFailure::Fault::kArguments;
  const std::string line = fmt::format("{}: the command was not run: {}", job.what, failure.reason);
  options_.start_failure_is_final && !unpassable ? ports_.log.failure(line) : ports_.log.error(line);
  reply(job, failure.exit_status, failure.reason, 0);
  ports_.recorder.end(std::move(job.record),
                      {.action = "not run", .reason = failure.reason, .exit_status = failure.exit_status});
  if (unpassable) return Start::kInvalidArguments;
  last_status_ = failure.exit_status;
  return Start::kNotRun;
}

std::optional<Jobs::Ended> Jobs::take_ended() {
  auto outcome = ports_.runner.next_outcome();
  if (!outcome) return std::nullopt;
  const auto found = running_.find(outcome->id);
  Job job = std::move(found->second);
  running_.erase(found);
  ports_.log.notice(fmt::format("{}: exit status {}", job.what, outcome->exit_status));
  if (outcome->exit_status != 0) report_failure(job);
  last_status_ = outcome->exit_status;
  MessageRecorder::Outcome told{
      .action = "ran", .exit_status = outcome->exit_status, .duration = ports_.clock.monotonic() - job.started};
  if (options_.record_output) told.output = outcome->output, told.output_dropped = outcome->output_dropped;
  ports_.recorder.end(std::move(job.record), told);
  reply(job, outcome->exit_status, std::move(outcome->output), outcome->output_dropped);
  return Ended{std::move(job.sender), outcome->exit_status};
}

// remaphore -v uptime uptime: uptime takes no such arguments.
void Jobs::report_failure(const Job& job) {
  if (!job.named_like_its_verb || hinted_) return;
  hinted_ = true;
  const std::string program = escape_control(options_.command.front());
  ports_.log.notice(
      fmt::format("{0} was run as: {0} VERB{1}; to run a program that takes no arguments, use sh -c '{0}'", program,
                  options_.payload == PayloadAs::kArgument ? " PAYLOAD" : ""));
}

void Jobs::reply(const Job& job, int exit_status, std::string output, std::uint64_t dropped) {
  if (!job.request) return;
  ports_.replies.add({*job.request, exit_status, std::move(output), dropped});
  ports_.replies.flush();
}

}  // namespace remaphore
