#include "app/message_handler.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "core/reply_format.h"

namespace remaphore {

MessageHandler::MessageHandler(HandlerOptions options, const HandlerPorts& ports)
    : ports_(ports),
      runs_command_(!options.jobs.command.empty()),
      json_(options.json),
      delay_(options.delay),
      most_waiting_(runs_command_ ? options.jobs.limit : kMaxWaiting),
      jobs_(std::move(options.jobs), {ports.commands, ports.clock, ports.log, ports.replies, ports.recorder}),
      waiting_(options.delay, ports.clock),
      goal_(std::move(options.goal)),
      choosing_(options.newest) {}

bool MessageHandler::may_handle() const {
  if (goal_.reached()) return false;
  if (choosing_) return true;
  if ((prints() || json_) && !ports_.output.may_write()) return false;
  return prints() || jobs_.may_start();
}

std::optional<VerifiedMessage> MessageHandler::take_next() {
  if (jobs_.holds_one()) return jobs_.take_held();
  if (auto due = waiting_.take_due()) return due;
  while (has_room()) {
    auto message = newest_ ? std::exchange(newest_, std::nullopt) : ports_.inbound.take();
    if (!message || !delay(*message)) return message;
  }
  return std::nullopt;
}

bool MessageHandler::delay(VerifiedMessage& message) {
  if (!delay_.exists()) return false;
  if (const Duration late = waiting_.overdue(message); late.count() > 0) {
    ports_.log.error(fmt::format("{} from {} is {} late: it should have started {} after it was signed",
                                 escape_control(message.verb()), escape_control(message.sender().destination),
                                 format_duration(std::chrono::ceil<std::chrono::milliseconds>(late)),
                                 format_duration(delay_.after_signed)));
    return false;
  }
  waiting_.add(std::move(message));
  return true;
}

std::optional<VerifiedMessage> MessageHandler::take_to_drop() {
  if (jobs_.holds_one()) return jobs_.take_held();
  if (auto waiting = waiting_.take()) return waiting;
  return newest_ ? std::exchange(newest_, std::nullopt) : ports_.inbound.take_to_drop();
}

void MessageHandler::choose() {
  auto message = ports_.inbound.take();
  if (!message) return;
  if (newest_ && message->time() < newest_->time()) std::swap(*message, *newest_);
  if (newest_ && ports_.inbound.begin(*newest_)) ports_.recorder.dropped(*newest_, "there was a newer one");
  newest_ = std::move(message);
}

void MessageHandler::handle_next() {
  if (choosing_) return choose();
  const bool was_begun = jobs_.holds_one();
  auto message = take_next();
  if (!message || !ports_.inbound.still_permits(*message)) return;
  if (!was_begun && !ports_.inbound.begin(*message)) return;
  prints() ? print(*message) : run_command(std::move(*message));
}

void MessageHandler::print(const VerifiedMessage& message) {
  ++received_;
  goal_.received(message.sender().destination);
  goal_.printed(message.sender().destination);
  show(message.sender().destination, 0);
  if (!json_ && !message.payload().empty()) {
    std::string record =
        ports_.output.is_terminal() ? escape_control(message.payload(), Layout::kKept) : std::string(message.payload());
    record += '\n';
    ports_.output.write(std::move(record));
  }
  if (message.reply_wanted()) {
    ports_.replies.add({message.hash(), 0, std::string(kNoCommandOutput)});
    ports_.replies.flush();
  }
  ports_.recorder.end(ports_.recorder.begin(message), {.action = "printed"});
}

void MessageHandler::run_command(VerifiedMessage message) {
  const std::string sender(message.sender().destination);
  const auto arrivals = goal_.is_barrier() ? std::optional(goal_.arrivals_with(sender)) : std::nullopt;
  const Jobs::Start start = jobs_.start(std::move(message), arrivals);
  if (start == Jobs::Start::kHeld) return;
  ++received_;
  goal_.received(sender);
  if (start == Jobs::Start::kInvalidArguments) return;
  goal_.started(sender);
  if (start == Jobs::Start::kNotRun) {
    start_failed_ = true;
    goal_.ended(sender, *jobs_.last_status());
    show(sender, *jobs_.last_status());
  }
}

void MessageHandler::note_ended() {
  while (const auto ended = jobs_.take_ended()) {
    goal_.ended(ended->sender, ended->exit_status);
    show(ended->sender, ended->exit_status);
  }
}

void MessageHandler::arrived_ourselves() {
  goal_.arrived_ourselves();
  show(goal_.self(), 0);
}

void MessageHandler::show(std::string_view node, int exit_status) const {
  if (ports_.view == nullptr) return;
  if (const auto arrived = goal_.has_arrived(node)) ports_.view->outcome(node, exit_status, *arrived);
}

void MessageHandler::drop_rest() {
  choosing_ = false;
  while (goal_.exists() && prints() && !delay_.exists() && may_handle()) {
    const auto message = take_next();
    if (!message) break;
    if (ports_.inbound.begin(*message)) print(*message);
  }
  while (const auto message = take_to_drop()) {
    ++dropped_;
    goal_.received(message->sender().destination);
    ports_.recorder.dropped(*message, goal_.reached() ? "another message came first" : "the listener was ending");
  }
  received_ += dropped_;
}

}  // namespace remaphore
