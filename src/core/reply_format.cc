#include "core/reply_format.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxExitDigits = 10;

bool is_exit_status(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  if (text.empty() || text.size() > kMaxExitDigits) return false;
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<Answer> parse_answer(std::string_view payload) {
  if (payload == kNoCommandOutput) return Answer{"0", payload};
  const std::size_t comma = payload.find(',');
  if (comma == std::string_view::npos || !is_exit_status(payload.substr(0, comma))) return std::nullopt;
  return Answer{payload.substr(0, comma), payload.substr(comma + 1)};
}

std::int64_t exit_number(const Answer& answer) {
  std::int64_t number = 0;
  std::from_chars(answer.exit_status.data(), answer.exit_status.data() + answer.exit_status.size(), number);
  return number;
}

std::string format_answer(int exit_status, std::string_view output, std::uint64_t dropped, std::size_t limit) {
  std::string answer = fmt::format("{},", exit_status);
  if (dropped == 0 && answer.size() + output.size() <= limit) {
    answer += output;
    return answer;
  }
  constexpr std::size_t kNote = 80;  // room for the longest last line
  const std::size_t room = limit > answer.size() + kNote ? limit - answer.size() - kNote : 0;
  const std::string_view kept = output.substr(0, room);
  const std::uint64_t missing = dropped + (output.size() - kept.size());
  answer += kept;
  answer += fmt::format("{}[remaphore: {} more bytes of output cut]\n", kept.ends_with('\n') ? "" : "\n", missing);
  if (answer.size() > limit) answer.resize(limit);
  return answer;
}

std::string format_record(std::string_view destination, const Answer& answer, std::string_view mark) {
  const std::string_view output = trim_end(answer.output);
  if (output.find_first_of("\n\r") == std::string_view::npos) {  // a lone CR ends a line for some readers
    return fmt::format("{},{},{}\n", destination, answer.exit_status, output);
  }
  return fmt::format("--> {}\n{},{},{}\n--< {}\n", mark, destination, answer.exit_status, output, mark);
}

}  // namespace remaphore
