// Records what a listener did with a message: in the audit, and with --json as an object on standard output. Either may
// be absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.h"
#include "core/goal.h"
#include "ports/audit.h"
#include "ports/record_output.h"

namespace remaphore {

class MessageRecorder {
 public:
  // Both may be nullptr; they must outlive the recorder.
  MessageRecorder(Audit* audit, RecordOutput* json) : audit_(audit), json_(json) {}

  // Copied from the message before it is destroyed.
  struct Begun {
    std::optional<AuditEntry> audit;
    std::optional<JsonObject> json;
  };
  Begun begin(const VerifiedMessage& message) const;

  struct Outcome {
    const char* action;            // as in AuditEntry
    std::string_view reason = {};  // why, unless obvious from the action
    std::optional<int> exit_status = {};
    std::optional<Duration> duration = {};
    std::optional<std::string_view> output = {};  // of the command, with --json
    std::uint64_t output_dropped = 0;             // bytes of it that were not kept
  };
  void end(Begun begun, const Outcome& outcome) const;

  // A message that was not handled: for the audit only.
  void dropped(const VerifiedMessage& message, const char* reason) const;

  // A node that has not arrived at a barrier: for --json only.
  void missing(std::string_view node) const;

  // The last object of --json.
  struct Summary {
    std::uint64_t received;
    std::uint64_t dropped;                 // of them
    std::optional<ArrivalCount> arrivals;  // of a barrier
    int status;                            // the exit status; 128+N for signal N
  };
  void sum_up(const Summary& summary) const;

 private:
  Audit* audit_;
  RecordOutput* json_;
};

}  // namespace remaphore
