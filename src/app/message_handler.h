// What a listener does with verified messages, in their order: prints them, or passes them to its jobs, and counts them
// towards the goal.
#pragma once

#include <cstdint>
#include <optional>

#include "app/delay_queue.h"
#include "app/inbound_queue.h"
#include "app/jobs.h"
#include "app/message_recorder.h"
#include "app/reply_queue.h"
#include "core/goal.h"
#include "ports/barrier_view.h"
#include "ports/record_output.h"

namespace remaphore {

struct HandlerOptions {
  JobOptions jobs;  // without a command: payloads are printed
  Goal goal;
  bool json = false;  // an object for each message, also for those that a command is run for
  StartDelay delay = {};
  bool newest = false;  // of the messages until end_choice(), handle the one with the latest TIME only
};

// They must outlive it.
struct HandlerPorts {
  InboundQueue& inbound;
  ReplyQueue& replies;
  const MessageRecorder& recorder;
  RecordOutput& output;
  CommandRunner& commands;
  const Clock& clock;
  Log& log;
  BarrierView* view = nullptr;
};

class MessageHandler {
 public:
  MessageHandler(HandlerOptions options, const HandlerPorts& ports);

  // Whether there is a message that may be handled now.
  bool can_handle() const { return may_handle() && has_message(); }
  // Handles the next. Once the goal is reached, nothing more may be handled.
  void handle_next();
  // From now on every message is handled, beginning with the one that was chosen.
  void end_choice() { choosing_ = false; }
  // Processes the commands that have ended.
  void note_ended();
  // Messages still waiting at the end: printed as long as they count towards the goal and need not wait for their time,
  // else dropped.
  void drop_rest();

  bool has_message() const {
    const bool is_chosen = newest_ && !choosing_;
    return jobs_.holds_one() || waiting_.has_due() || ((is_chosen || ports_.inbound.has_ready()) && has_room());
  }
  std::size_t held() const { return waiting_.size() + (jobs_.holds_one() ? 1 : 0); }  // taken, but not handled yet
  Deadline retry_at() const { return earlier(jobs_.retry_at(), waiting_.next_due()); }
  std::size_t running() const { return jobs_.running(); }
  void terminate(Duration grace) { jobs_.terminate(grace); }

  const Goal& goal() const { return goal_; }
  void arrived_ourselves();                             // --arrive
  std::uint64_t received() const { return received_; }  // including those that were dropped
  std::uint64_t dropped() const { return dropped_; }
  bool start_failed() const { return start_failed_; }  // of a command
  std::optional<int> last_status() const { return jobs_.last_status(); }

 private:
  static constexpr std::size_t kMaxWaiting = 1000;  // to be printed; as many as may run else

  void choose();
  std::optional<VerifiedMessage> take_to_drop();
  bool prints() const { return !runs_command_; }
  bool may_handle() const;
  // Another message may wait for its time.
  bool has_room() const { return !delay_.exists() || held() + running() < most_waiting_; }
  std::optional<VerifiedMessage> take_next();
  // True: it waits for its time; else it is left alone.
  bool delay(VerifiedMessage& message);
  void show(std::string_view node, int exit_status) const;
  void print(const VerifiedMessage& message);
  void run_command(VerifiedMessage message);

  const HandlerPorts ports_;
  const bool runs_command_;
  const bool json_;
  const StartDelay delay_;
  const std::size_t most_waiting_;
  Jobs jobs_;
  DelayQueue waiting_;
  Goal goal_;
  std::uint64_t received_ = 0;
  std::uint64_t dropped_ = 0;
  bool start_failed_ = false;
  bool choosing_;
  std::optional<VerifiedMessage> newest_;  // so far
};

}  // namespace remaphore
