// What the end of a listener means: its exit status, the last lines that say why, and the last object of --json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "app/message_recorder.h"
#include "base/result.h"
#include "base/time.h"
#include "core/exit_status.h"
#include "core/goal.h"
#include "ports/log.h"

namespace remaphore {

// How it ended.
struct ListenEnd {
  const Goal& goal;
  std::optional<int> signal = {};        // that asked it to stop
  std::optional<Duration> timeout = {};  // -t
  std::optional<Error> output_failure = {};

  std::uint64_t received = 0;  // messages, including those that were dropped
  std::uint64_t dropped = 0;
  std::uint64_t overflowed = 0;    // valid messages refused at a limit or not recorded
  std::size_t unsent_replies = 0;  // or unconfirmed
  bool audit_incomplete = false;
  bool start_failed = false;               // of a command
  std::optional<int> command_status = {};  // --exit-status: of the last command
  bool arrival_failed = false;             // --arrive: we may not or cannot signal; the reason has been logged
  bool arrival_unconfirmed = false;        // the server has not confirmed our last signal

  bool was_active = false;              // the subscription
  bool is_permanently_refused = false;  // no server will ever accept us
  bool reads_kept = false;              // --since: the kept messages are being read
  bool has_read_kept = false;           // they were read once
  std::string trouble = {};             // why it was never subscribed
};

// kOk: the goal was reached (and its command started, else kFailure), or without a goal a message was received;
// kNothing: not before the timeout; a barrier ends with barrier_status() instead; kFailure: never subscribed before the
// timeout, refused for good, standard output failed, the audit is incomplete, a bound was reached and good messages
// were refused, or with a goal some were not handled. A `command_status` is returned unless the listener itself failed.
ExitStatus listen_status(const ListenEnd& end, Log& log);

// Reports how many waiting messages were dropped, and how many of them were unverified.
void report_dropped(const Goal& goal, std::uint64_t dropped, std::size_t unverified, Log& log);

// For --json.
void record_end(const ListenEnd& end, ExitStatus status, const MessageRecorder& recorder);

}  // namespace remaphore
