// What is told about a message that a listener has dealt with: a line of the audit and, with --json, an object on
// standard output. Neither need be there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.h"
#include "ports/audit.h"
#include "ports/record_output.h"

namespace remaphore {

class MessageRecorder {
 public:
  // Both may be nullptr; they outlive it.
  MessageRecorder(Audit* audit, RecordOutput* json) : audit_(audit), json_(json) {}

  // What was taken from a message before it goes.
  struct Begun {
    std::optional<AuditEntry> audit;
    std::optional<JsonObject> json;
  };
  Begun begin(const VerifiedMessage& message) const;

  struct Outcome {
    const char* action;            // as in AuditEntry
    std::string_view reason = {};  // why, if not plain
    std::optional<int> exit_status = {};
    std::optional<Duration> duration = {};
    std::optional<std::string_view> output = {};  // of the command, with --json
    std::uint64_t output_dropped = 0;             // bytes of it that were not kept
  };
  void end(Begun begun, const Outcome& outcome) const;

  // A message that nothing was done with: for the audit only.
  void dropped(const VerifiedMessage& message, const char* reason) const;

  // The last object of --json.
  struct Summary {
    std::uint64_t received;
    std::uint64_t dropped;  // of them
    int status;             // the exit status; 128+N for signal N
  };
  void sum_up(const Summary& summary) const;

 private:
  Audit* audit_;
  RecordOutput* json_;
};

}  // namespace remaphore
