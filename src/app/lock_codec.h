// Lock entries on the wire: signed, verified, and bound to their place by two values under the signature: the subject,
// and the last sequence that the writer expected on it. The server compares the latter when it stores the message, and
// keeps the header with it: so a copy of an entry verifies nowhere else, and at no later time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/config.h"
#include "core/lock_key.h"
#include "core/lock_values.h"
#include "jetstream/answer.h"
#include "jetstream/request.h"
#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore {

// Since 1970, as entries and streams are dated.
inline std::int64_t microseconds(WallTime time) { return time.time_since_epoch() / std::chrono::microseconds(1); }

class LockCodec {
 public:
  // The clock must outlive it. Our own entries verify whether or not we are among the peers.
  LockCodec(const Config& config, const Identity* own, const Clock& clock);

  const std::string& stream() const { return stream_; }
  std::string subject_of(std::string_view name, std::string_view id) const;
  std::string filter_for(std::string_view name) const;
  // nullopt: this is not the subject of a lock entry.
  std::optional<lock_key::Key> parse_subject(std::string_view full) const;

  // The request for an action of any kind but kWrite and kRequeue.
  jetstream::Request question(const LockAction& action, std::string_view name) const;
  LockList list(const jetstream::StreamInfo& info, std::string_view name) const;

  // The message for subject_of(name, id), to be published with the expected sequence `entry.after`, and perhaps with an
  // expected last sequence of the stream.
  std::string encode(const LockEntry& entry, const std::string& name, const std::string& id,
                     const Identity& signer) const;
  // What a stream's message for `key` holds; without an entry if it does not verify.
  StoredEntry decode(const jetstream::StoredMessage& message, const lock_key::Key& key) const;
  // The same for a message that was delivered live. It may not have been stored.
  std::optional<LockEntry> decode(const Delivery& message, const lock_key::Key& key) const;

 private:
  std::optional<LockEntry> verify(std::string_view bytes, const lock_key::Key& key, std::string* signer) const;

  const std::string subject_, stream_;
  const Peers peers_;
  const Clock& clock_;
};

}  // namespace remaphore
