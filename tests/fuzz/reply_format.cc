// EXIT STATUS (4 bytes), LIMIT (2), DROPPED (1), then payloads, each ended by NUL: our own answers are read as
// intended, no answer can forge a record, gathered or not, and records return their content.

#include "core/reply_format.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "core/gathering.h"
#include "fuzz/fuzz.h"

namespace remaphore {
namespace {

using fuzz::require;

constexpr std::string_view kMark = "6f1c000102030405060708090a0b0c0d";
constexpr std::string_view kName = "com.crypto.us.b";

struct Record {
  std::string exit_status, output;
  bool operator==(const Record&) const = default;
};

std::string take_line(std::string_view& text) {
  const std::size_t newline = text.find('\n');
  require(newline != std::string_view::npos, "every line of a record ends");
  const std::string line(text.substr(0, newline));
  text.remove_prefix(newline + 1);
  return line;
}

Record read_record(std::string_view text) {
  const std::string start = std::string(kName) + ',';
  require(text.starts_with(start), "a record begins with the destination");
  text.remove_prefix(start.size());
  const std::size_t comma = text.find(',');
  require(comma != std::string_view::npos, "a record has three fields");
  return {std::string(text.substr(0, comma)), std::string(text.substr(comma + 1))};
}

// Records as a script reads them that knows nothing but the format.
std::vector<Record> read_records(std::string_view text) {
  std::vector<Record> records;
  while (!text.empty()) {
    std::string record = take_line(text);
    if (record == "--> " + std::string(kMark)) {
      record = take_line(text);
      for (std::string line = take_line(text); line != "--< " + std::string(kMark); line = take_line(text)) {
        record += '\n' + line;
      }
    }
    records.push_back(read_record(record));
  }
  return records;
}

void check_answer(int exit_status, std::string_view output, std::uint64_t dropped, std::size_t limit) {
  const std::string answer = format_answer(exit_status, output, dropped, limit);
  require(answer.size() <= limit, "an answer keeps the limit");
  if (limit < 128) return;
  const auto read = parse_answer(answer);
  require(read.has_value(), "what we answer is an answer");
  require(read->exit_status == std::to_string(exit_status), "and has our exit status");
  const bool whole = dropped == 0 && std::to_string(exit_status).size() + 1 + output.size() <= limit;
  if (whole) {
    require(read->output == output, "and all of the output, if it fits");
  } else {
    require(read->output.ends_with(" more bytes of output cut]\n"), "else its last line says how much was cut");
  }
}

// Gathered answers, read by a script that takes the first line for the rule: NAME or NAME: exit status N, then the
// output.
std::set<std::pair<std::int64_t, std::string>> read_gathered(std::string_view text) {
  std::set<std::pair<std::int64_t, std::string>> records;
  if (text.empty()) return records;
  const std::string rule = take_line(text);
  require(rule.size() >= 15 && rule.find_first_not_of('-') == std::string::npos, "the first line is a rule");
  while (true) {
    const std::string header = take_line(text);
    require(take_line(text) == rule, "a header stands between two rules");
    std::string output;
    bool more = false;
    while (!text.empty() && !more) {
      const std::string line = take_line(text);
      more = line == rule;
      if (!more) output += line + '\n';
    }
    if (!output.empty()) output.pop_back();
    const std::string failed = std::string(kName) + ": exit status ";
    require(header == kName || header.starts_with(failed), "nobody can forge a header");
    const std::int64_t exit_status = header == kName ? 0 : std::stoll(header.substr(failed.size()));
    require(records.insert({exit_status, output}).second, "equal answers are one record");
    if (!more) return records;
  }
}

// The answer in `payload`, if it is one, and what must be read back from it.
std::optional<Answer> check_parse(std::string_view payload) {
  const auto answer = parse_answer(payload);
  if (!answer) return std::nullopt;
  require(!answer->exit_status.empty() && answer->exit_status.size() <= 11, "an exit status is short");
  if (payload == kNoCommandOutput) {
    require(answer->exit_status == "0" && answer->output == payload, "NO_DATA reads as 0,NO_DATA");
  } else {
    require(std::string(answer->exit_status) + ',' + std::string(answer->output) == payload, "an answer loses nothing");
  }
  return answer;
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  fuzz::Input input(data, size);
  const auto exit_status = static_cast<std::int32_t>(input.number(4));
  const auto limit = static_cast<std::size_t>(input.number(2));
  const std::uint64_t dropped = input.byte();

  std::string printed;
  std::vector<Record> meant;
  Gathering gathering;
  std::set<std::pair<std::int64_t, std::string>> gathered;
  while (!input.empty()) {
    const std::string_view payload = input.until('\0');
    check_answer(exit_status, payload, dropped, limit);
    const auto answer = check_parse(payload);
    if (answer) {
      gathering.add(kName, *answer);
      gathered.insert({exit_number(*answer), std::string(trim_end(answer->output))});
    }
    if (!answer || payload.find(kMark) != std::string_view::npos) continue;  // nobody can guess the mark
    printed += format_record(kName, *answer, kMark);
    meant.push_back({std::string(answer->exit_status), std::string(trim_end(answer->output))});
  }
  fuzz::require(read_gathered(gathering.take()) == gathered, "gathering gives back every answer once, and no other");
  fuzz::require(read_records(printed) == meant, "the records give back every answer, and no other");
  return 0;
}
