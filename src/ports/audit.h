// A record of what was done with every verified message.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "core/trust.h"

namespace remaphore {

struct AuditEntry {
  // The message's data, copied before it is released.
  explicit AuditEntry(const VerifiedMessage& message)
      : arrival(message.arrival()),
        peer(message.sender().destination),
        public_key(message.sender().public_key),
        destination(message.destination()),
        verb(message.verb()),
        uuid(message.uuid_hex()) {}

  WallTime arrival;
  std::string peer, public_key;  // the signer
  std::string destination, verb, uuid;
  const char* action = "";           // "printed", "ran", "not run" or "dropped"; before that perhaps "taken"
  std::string reason;                // why, if not obvious
  std::optional<int> exit_status;    // of the command
  std::optional<Duration> duration;  // of the command
};

class Audit {
 public:
  virtual ~Audit() = default;
  // Call before a message is acted on. False: it could not be recorded now, and the reason was reported.
  virtual bool can_record() = 0;
  // Some of what was recorded is not written, for good or so far.
  virtual bool is_incomplete() const = 0;
  virtual void record(const AuditEntry& entry) = 0;
  // A message that was not accepted. Summarised in at most one line per second, so that nobody can fill the disk.
  virtual void refused(const Refusal& refusal) = 0;
  // Writes a summary that is due.
  virtual void tick() = 0;
};

}  // namespace remaphore
