// A listener's jobs: the commands that run for messages, a few at a time. The outcome of each is logged, recorded and,
// if the sender wants it, sent as a reply.
//
// If the system cannot create a process, the message keeps its place and is retried, for 30 s or for as long as our own
// running commands use up the processes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/message_recorder.h"
#include "app/reply_queue.h"
#include "base/deadline.h"
#include "ports/clock.h"
#include "ports/command_runner.h"
#include "ports/log.h"

namespace remaphore {

struct JobOptions {
  std::vector<std::string> command;  // its first words; VERB and PAYLOAD follow
  PayloadAs payload = PayloadAs::kArgument;
  std::optional<std::string> destination;  // what messages matched
  std::size_t limit = 1;                   // commands at a time
  std::optional<Duration> timeout;         // of each
  bool record_output = false;              // captured even if no reply is wanted
  bool start_failure_is_final = false;     // a command that cannot be started decides the exit status: kFailure
};

// They must outlive the jobs.
struct JobPorts {
  CommandRunner& runner;
  const Clock& clock;
  Log& log;
  ReplyQueue& replies;
  const MessageRecorder& recorder;
};

class Jobs {
 public:
  Jobs(JobOptions options, const JobPorts& ports) : options_(std::move(options)), ports_(ports) {}

  // A message may be started now.
  bool may_start() const;
  // kHeld: the system cannot start it now; it stays here until it is taken back; kInvalidArguments: verb or payload
  // cannot be passed to any command; kNotRun: the command cannot be run.
  enum class Start { kStarted, kHeld, kInvalidArguments, kNotRun };
  // `arrivals`: that of a barrier, for the command.
  Start start(VerifiedMessage message, const std::optional<ArrivalCount>& arrivals = {});

  bool holds_one() const { return held_.has_value(); }
  std::optional<VerifiedMessage> take_held() { return std::exchange(held_, std::nullopt); }
  Deadline retry_at() const { return held_ ? Deadline(retry_at_) : std::nullopt; }

  struct Ended {
    std::string sender;  // its destination
    int exit_status;
  };
  // The next command that has ended, after its outcome was reported.
  std::optional<Ended> take_ended();
  std::size_t running() const { return ports_.runner.running(); }
  void terminate(Duration grace) { ports_.runner.terminate(grace); }

  // The status of the command that last ended or could not be run; nullopt: there was none.
  std::optional<int> last_status() const { return last_status_; }

 private:
  struct Job {
    std::string sender;
    std::string what;               // "ping from com.x", for log lines
    std::optional<Digest> request;  // of the message, if a reply is wanted
    MessageRecorder::Begun record;
    MonotonicTime started;
    bool named_like_its_verb = false;  // perhaps the user does not know that VERB and PAYLOAD are appended
  };
  Job describe(const VerifiedMessage& message) const;
  Result<CommandId, StartFailure> run(const VerifiedMessage& message, const std::optional<ArrivalCount>& arrivals);
  bool hold(VerifiedMessage& message, const StartFailure& failure);
  Start refuse(Job job, const StartFailure& failure);
  void report_failure(const Job& job);
  void reply(const Job& job, int exit_status, std::string output, std::uint64_t dropped);

  const JobOptions options_;
  const JobPorts ports_;
  std::unordered_map<CommandId, Job> running_;
  std::optional<VerifiedMessage> held_;
  std::optional<MonotonicTime> held_since_;
  MonotonicTime retry_at_{};
  std::optional<int> last_status_;
  bool hinted_ = false;
};

}  // namespace remaphore
