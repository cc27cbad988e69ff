// What a listener tells of itself when it is asked who is there (remaphore --who): one JSON object, the output of an
// answer with exit status 0. It tells whether there is a command, never which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "base/time.h"

namespace remaphore {

// The verb of the question, which every configured peer may use on the subject <subject>.who, and nowhere else.
inline constexpr std::string_view kWhoVerb = "who";
inline constexpr std::string_view kWhoSubject = "who";

struct Presence {
  static constexpr std::size_t kMaxText = 1024;  // bytes of each text that is read
  static constexpr std::size_t kMaxVerbs = 64;   // that are read

  std::string version;
  std::string destination;
  std::int64_t pid = 0;
  std::string host;
  WallTime since;                  // when it started to listen
  WallTime clock;                  // its time when it answered
  std::vector<std::string> verbs;  // that it waits for; none: any
  std::string uuid;                // that it waits for, in hexadecimal; empty: any
  bool has_command = false;
  std::uint64_t jobs = 1;     // commands at a time
  std::uint64_t running = 0;  // commands
  std::uint64_t queued = 0;   // messages
  std::uint64_t handled = 0;  // messages
  std::uint64_t refused = 0;  // messages
};

// On one line, without a newline.
std::string format_presence(const Presence& presence);
// All but the destination, as members of another object.
void append_presence(JsonObject& json, const Presence& presence);

// Nothing if it is no such object. Fields that are not there keep their defaults, but version, destination and clock
// have to be there; a later version's fields are passed over.
std::optional<Presence> parse_presence(std::string_view json);

}  // namespace remaphore
