// What a listener reports about itself when asked by remaphore --who: one JSON object, the output of an
// answer with exit status 0. It says whether there is a command, never which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "base/time.h"

namespace remaphore {

// The verb of the question. Every configured peer may use it on the subject <subject>.who, and nowhere else.
inline constexpr std::string_view kWhoVerb = "who";
inline constexpr std::string_view kWhoSubject = "who";
// Our questions have this payload: copied to another subject, they are told apart from a request with the verb.
inline constexpr std::string_view kWhoPayload = "--who";

struct Presence {
  static constexpr std::size_t kMaxText = 1024;  // bytes read of each text
  static constexpr std::size_t kMaxVerbs = 64;   // how many are read

  std::string version;
  std::string destination;
  std::int64_t pid = 0;
  std::string host;
  WallTime since;                  // when it started to listen
  WallTime clock;                  // its time when it answered
  std::vector<std::string> verbs;  // accepted verbs; empty: any
  std::string uuid;                // accepted UUID, in hexadecimal; empty: any
  bool has_command = false;
  std::uint64_t jobs = 1;     // commands at a time
  std::uint64_t running = 0;  // commands
  std::uint64_t queued = 0;   // messages
  std::uint64_t handled = 0;  // messages
  std::uint64_t refused = 0;  // messages
};

// On one line, without a newline.
std::string format_presence(const Presence& presence);
// Everything except the destination, as members of another object.
void append_presence(JsonObject& json, const Presence& presence);

// nullopt if the text is not such an object. Missing fields keep their defaults, but version, destination and clock
// are required; unknown fields of later versions are skipped.
std::optional<Presence> parse_presence(std::string_view json);

}  // namespace remaphore
