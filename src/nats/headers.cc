#include "nats/headers.h"

#include <charconv>
#include <optional>

namespace remaphore::nats {
namespace {

constexpr std::string_view kVersion = "NATS/1.0";
constexpr std::string_view kEnd = "\r\n";

// Splits the first line off `rest`; nullopt if it has no end.
std::optional<std::string_view> take_header_line(std::string_view& rest) {
  const std::size_t end = rest.find(kEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + kEnd.size());
  return line;
}

// Strips blanks and tabs at both ends, and nothing else.
std::string_view trim_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// 0: no status; -1: malformed.
int parse_status(std::string_view rest) {
  if (rest.empty()) return 0;
  if (!rest.starts_with(' ')) return -1;
  rest = trim_blanks(rest);
  if (rest.empty()) return 0;
  const std::string_view digits = rest.substr(0, rest.find(' '));
  int status = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  const bool good = error == std::errc() && end == digits.data() + digits.size() && status >= 100 && status <= 999;
  return good ? status : -1;
}

Unexpected<Error> malformed(const char* why) { return fail(Errc::kFormat, std::string("malformed headers: ") + why); }

}  // namespace

Result<HeaderBlock> parse_headers(std::string_view block) {
  if (block.size() > header::kMaxBlockBytes) return malformed("too long");
  const auto first = take_header_line(block);
  if (!first || !first->starts_with(kVersion)) return malformed("no NATS/1.0");
  HeaderBlock parsed;
  parsed.status = parse_status(first->substr(kVersion.size()));
  if (parsed.status < 0) return malformed("no status after NATS/1.0");
  while (true) {
    const auto line = take_header_line(block);
    if (!line) return malformed("no empty line at the end");
    if (line->empty()) break;
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos) return malformed("a line without a colon");
    const Header header{line->substr(0, colon), trim_blanks(line->substr(colon + 1))};
    if (!header::check(header)) return malformed("an unusable name or value");
    if (parsed.headers.size() == header::kMaxCount) return malformed("too many");
    parsed.headers.push_back(header);
  }
  if (!block.empty()) return malformed("bytes after the empty line");
  return parsed;
}

std::string format_headers(std::span<const Header> headers) {
  std::string block(kVersion);
  block += kEnd;
  for (const auto& [name, value] : headers) {
    block += name;
    block += ": ";
    block += value;
    block += kEnd;
  }
  block += kEnd;
  return block;
}

}  // namespace remaphore::nats
