// What the fleet's servers keep: messages for nodes that join late, and locks. Reads and writes the lines of the roster
// about it, and derives the streams from them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "jetstream/stream_config.h"

namespace remaphore::fleet {

inline constexpr std::size_t kMaxKeptSubjects = 64;
inline constexpr std::size_t kMaxKeptSubject = 128;  // bytes of the fleet's subject: a login with it fits into a line

struct Retention {
  static constexpr Duration kDefaultAge = std::chrono::hours(24);

  std::optional<Duration> age;  // zero: JetStream is off; nullopt: the fleet is older than this setting
  std::int64_t bytes = std::int64_t{64} << 20;
  std::vector<std::string> subjects;  // the last parts of those kept besides `<subject>.all`

  bool on() const { return age && *age > Duration(0); }
};

// All of these: Errc::kUsage, quoting the text.
Result<Duration> parse_keep(std::string_view text);            // "24h"; zero, or from a second to ten years
Result<std::int64_t> parse_keep_bytes(std::string_view text);  // "64M": at least 1 MiB, at most 64 TiB
Result<void> add_kept_subject(std::string_view text, Retention& retention);  // one level below the fleet's subject

// Lines of the roster, each ended by a newline.
std::string format_retention(const Retention& retention);
// False: `name` is not a setting of this kind.
Result<bool> parse_retention(std::string_view name, std::string_view value, Retention& retention);

// The two streams of a fleet with this subject and number of servers; none if nothing is kept.
std::vector<jetstream::StreamConfig> streams_of(std::string_view subject, const Retention& retention,
                                                std::size_t servers);

// The size limit of the server's files: both streams, and room to replace a file while it is in use.
std::int64_t storage_limit(const Retention& retention);

}  // namespace remaphore::fleet
