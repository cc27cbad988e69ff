// Prints the answers to a request: one record each, gathered at the end, or as JSON.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "core/exit_status.h"
#include "core/message.h"
#include "core/reply_format.h"
#include "core/reply_tracker.h"
#include "ports/record_output.h"

namespace remaphore {

enum class AnswerFormat { kRecords, kGathered, kJson };

// The result of a request.
struct RequestSummary {
  const Uuid& uuid;  // of the message
  const ReplyTracker& tracker;
  std::size_t required;  // nodes; 0: no --require
  int status;            // the exit status; 128+N for signal N
  bool in_rounds = false;
};

// A round that begins or has ended.
struct RoundReport {
  enum class Event { kBegin, kEnd } event;
  std::size_t number, count;           // 1 to `count`
  std::span<const std::string> names;  // of its nodes
  std::size_t answered, failed;        // of them, at its end
};

class AnswerPrinter {
 public:
  static std::unique_ptr<AnswerPrinter> make(AnswerFormat format, RecordOutput& output);

  virtual ~AnswerPrinter() = default;
  virtual void answer(const VerifiedReply& reply, const Answer& answer, Duration latency) = 0;
  virtual void round(const RoundReport&) {}
  // Called once, if the request reached a server. Returns whether anything was left to print.
  virtual bool end(const RequestSummary& summary) = 0;
};

}  // namespace remaphore
