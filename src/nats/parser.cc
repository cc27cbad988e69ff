#include "nats/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "core/header.h"

namespace remaphore::nats {
namespace {

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kKeptBuffer = std::size_t{256} << 10;  // a larger one is freed once it is empty

// Splits the first word off `rest`; words are separated by blanks and tabs. The one in base/text.h is for files that
// people write: it also takes Unicode white space for a separator.
std::string_view take_word(std::string_view& rest) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  const auto begin = std::find_if_not(rest.begin(), rest.end(), is_blank);
  const auto end = std::find_if(begin, rest.end(), is_blank);
  rest = std::string_view(end, rest.end());
  return std::string_view(begin, end);
}

bool is_op(std::string_view word, std::string_view name) {
  return std::equal(word.begin(), word.end(), name.begin(), name.end(),
                    [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; });
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Unexpected<Error> garbage(std::string_view what, std::string_view line) {
  return fail(Errc::kConnection, fmt::format("the server does not speak the protocol: {}: {}", what, quote(line)));
}

}  // namespace

void Parser::set_max_payload(std::size_t bytes) { max_payload_ = std::min(bytes, kMaxMaxPayload); }

std::span<char> Parser::writable(std::size_t size) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t wanted = std::max(end_ + size, need_);
  if (buffer_.size() < wanted) {
    buffer_.resize(std::max({wanted, kFirstBuffer}));
  } else if (buffer_.size() > 2 * kKeptBuffer && wanted <= kKeptBuffer) {
    buffer_.resize(kKeptBuffer);
    buffer_.shrink_to_fit();
  }
  return std::span(buffer_).subspan(end_);
}

void Parser::commit(std::size_t size) { end_ += size; }

Result<std::optional<Op>> Parser::next() {
  const std::string_view held(buffer_.data() + begin_, end_ - begin_);
  if (need_ > held.size()) return std::optional<Op>();
  const std::size_t newline = held.find('\n', scanned_);
  if (newline == std::string_view::npos) {
    scanned_ = held.size();
    if (held.size() > kSlack) return garbage("a line without end", held);
    return std::optional<Op>();
  }
  if (newline > kSlack) return garbage("a line too long", held);
  std::string_view line = held.substr(0, newline);
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto op = parse_line(line, newline + 1);
  if (!op) return op;
  if (!*op) scanned_ = newline;  // a message whose payload is still to come: find its line again at once
  return op;
}

Result<std::optional<Op>> Parser::parse_line(std::string_view line, std::size_t line_size) {
  std::string_view rest = line;
  const std::string_view name = take_word(rest);
  if (is_op(name, "MSG")) return parse_message(rest, Headers::kNone, line_size);
  if (is_op(name, "HMSG")) return parse_message(rest, Headers::kPresent, line_size);

  Op op{};
  op.text = trim(rest);
  if (is_op(name, "PING")) {
    op.kind = Op::Kind::kPing;
  } else if (is_op(name, "PONG")) {
    op.kind = Op::Kind::kPong;
  } else if (is_op(name, "INFO")) {
    op.kind = Op::Kind::kInfo;
  } else if (is_op(name, "+OK")) {
    op.kind = Op::Kind::kOk;
  } else if (is_op(name, "-ERR")) {
    op.kind = Op::Kind::kError;
    if (op.text.size() >= 2 && op.text.front() == '\'' && op.text.back() == '\'') {
      op.text = op.text.substr(1, op.text.size() - 2);
    }
  } else {
    return garbage("unknown operation", line);
  }
  begin_ += line_size;
  scanned_ = 0;
  return std::optional<Op>(op);
}

Result<std::optional<Op>> Parser::parse_message(std::string_view arguments, Headers headers, std::size_t line_size) {
  // MSG subject sid [reply-to] total; HMSG subject sid [reply-to] header-size total
  std::array<std::string_view, 6> words;  // one more than any form has
  std::size_t count = 0;
  for (std::string_view rest = arguments; count < words.size(); ++count) {
    words[count] = take_word(rest);
    if (words[count].empty()) break;
  }
  const bool has_headers = headers == Headers::kPresent;
  const std::size_t fixed = has_headers ? 4 : 3;
  Op op{};
  op.kind = Op::Kind::kMessage;
  std::size_t header_size = 0, total = 0;
  const bool well_formed = (count == fixed || count == fixed + 1) && parse_number(words[1], op.sid) &&
                           parse_number(words[count - 1], total) &&
                           (!has_headers || parse_number(words[count - 2], header_size));
  if (!well_formed) return garbage("malformed message line", arguments);
  if (!max_payload_ || total > message_bound(*max_payload_) || header_size > total)
    return garbage("message size out of range", arguments);

  need_ = line_size + total + 2;
  if (end_ - begin_ < need_) return std::optional<Op>();
  const std::string_view body(buffer_.data() + begin_ + line_size, total + 2);
  if (!body.ends_with("\r\n")) return garbage("a message of the wrong length", arguments);
  if (words[0].size() <= kMaxSubject) op.subject = words[0];
  if (count > fixed && words[2].size() <= kMaxSubject) op.reply_to = words[2];
  if (header_size <= header::kMaxBlockBytes) op.headers = body.substr(0, header_size);
  op.payload = body.substr(header_size, total - header_size);
  begin_ += need_;
  need_ = scanned_ = 0;
  return std::optional<Op>(op);
}

}  // namespace remaphore::nats
