// The content of a reply, and how an answer is printed. doc/wire-format.md "Reply"; remaphore(1) "Requesting".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remaphore {

struct Answer {
  std::string_view exit_status;  // decimal, perhaps with a minus sign
  std::string_view output;
};

// EXIT,OUTPUT with at most ten digits, or the bare NO_DATA of a Go listener without a command, which reads as
// 0,NO_DATA. nullopt for anything else.
std::optional<Answer> parse_answer(std::string_view payload);

// The exit status as a number: "007" is 7. `answer` comes from parse_answer().
std::int64_t exit_number(const Answer& answer);

// The payload of a reply, at most `limit` bytes. Longer output is cut and ends in a line that says how much is
// missing, including the `dropped` bytes that the caller has already cut.
std::string format_answer(int exit_status, std::string_view output, std::uint64_t dropped, std::size_t limit);

inline constexpr std::string_view kNoCommandOutput = "NO_DATA";  // what a listener without a command answers, exit 0

// DESTINATION,EXIT,OUTPUT and a newline. White space at the output's end is trimmed, at its beginning kept, so that
// tables keep their columns. Output of several lines (a lone CR ends one too) is put between
// "--> MARK" and "--< MARK" lines. `mark` is 32 hex digits that no peer can guess.
std::string format_record(std::string_view destination, const Answer& answer, std::string_view mark);

}  // namespace remaphore
