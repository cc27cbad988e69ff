// MAX_PAYLOAD (3 bytes), CUTS, NUL, then what the server sends: the operations do not depend on where the bytes are
// cut, memory is bounded, only permitted operations come before INFO, and parsed headers can be written again.

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "nats/headers.h"
#include "nats/parser.h"
#include "nats/server_error.h"

namespace remaphore::nats {
namespace {

using fuzz::require;

struct Run {
  std::vector<std::string> ops;
  bool failed = false;
  std::size_t left = 0;  // bytes of an incomplete operation
};

constexpr std::size_t kMaxPiece = 4096;

void check_headers(std::string_view block) {
  const auto parsed = parse_headers(block);
  if (!parsed) {
    require(parsed.error().code == Errc::kFormat && fuzz::is_one_line(parsed.error().message), "an error is one line");
    return;
  }
  require(block.size() <= header::kMaxBlockBytes && parsed->headers.size() <= header::kMaxCount, "headers are bounded");
  require(parsed->status == 0 || (parsed->status >= 100 && parsed->status <= 999), "a status has three digits");
  const std::string again = format_headers(parsed->headers);
  const auto reread = parse_headers(again);
  require(reread && reread->headers.size() == parsed->headers.size(), "headers can be written again");
  for (std::size_t i = 0; i < parsed->headers.size(); ++i) {
    const auto& [name, value] = parsed->headers[i];
    require(bool{header::check(parsed->headers[i])}, "a header that is read is one that may be written");
    require(reread->headers[i].name == name && reread->headers[i].value == value, "headers come back as they are");
  }
}

void check_op(const Op& op, bool informed, std::size_t max_payload) {
  if (op.kind == Op::Kind::kError) {
    const Denial denial = parse_denial(op.text);
    require(denial.subject.size() <= kMaxDeniedSubject, "a denied subject is bounded");
    require(denial.subject.empty() || denial.of != Denial::Of::kUnknown, "a subject is one of something");
  }
  if (op.kind != Op::Kind::kMessage) return;
  require(informed, "no message comes before INFO");
  require(op.headers.size() + op.payload.size() <= Parser::message_bound(max_payload),
          "no message is larger than an answer about the largest message");
  for (const std::string_view word : {op.subject, op.reply_to}) {
    require(word.size() <= Parser::kMaxSubject && word.find_first_of(" \t\n") == std::string_view::npos,
            "a subject is one word of a line");
  }
  check_headers(op.headers);
}

std::string as_text(const Op& op) {
  std::string text = std::to_string(static_cast<int>(op.kind)) + ' ' + std::to_string(op.sid);
  for (const std::string_view part : {op.text, op.subject, op.reply_to, op.headers, op.payload}) {
    text += ' ' + std::to_string(part.size()) + ':';
    text += part;
  }
  return text;
}

// Feeds `stream` in pieces of 1 + cuts[i] bytes, round and round.
Run feed(std::string_view stream, std::string_view cuts, std::size_t max_payload) {
  Parser parser;
  Run run;
  bool informed = false;
  std::size_t turn = 0;
  do {
    const std::size_t wanted = cuts.empty() ? kMaxPiece : 1 + static_cast<std::uint8_t>(cuts[turn++ % cuts.size()]);
    const std::string_view piece = stream.substr(0, wanted);
    stream.remove_prefix(piece.size());
    const std::span<char> room = parser.writable(piece.size());
    require(room.size() >= piece.size(), "there is the room that was asked for");
    require(parser.pending() + room.size() <=
                std::max(std::size_t{512} << 10, Parser::message_bound(max_payload) + Parser::kSlack + kMaxPiece),
            "the buffer is bounded by what the server announced");
    if (!piece.empty()) std::memcpy(room.data(), piece.data(), piece.size());
    parser.commit(piece.size());
    while (true) {
      const auto op = parser.next();
      if (!op) {
        require(op.error().code == Errc::kConnection && fuzz::is_one_line(op.error().message), "an error is one line");
        run.failed = true;
        return run;
      }
      if (!*op) break;
      check_op(**op, informed, max_payload);
      run.ops.push_back(as_text(**op));
      if ((*op)->kind != Op::Kind::kInfo) continue;
      informed = true;
      parser.set_max_payload(max_payload);
    }
    require(parser.pending() <= Parser::message_bound(max_payload) + 2 * Parser::kSlack, "what waits is bounded");
  } while (!stream.empty());
  run.left = parser.pending();
  return run;
}

}  // namespace
}  // namespace remaphore::nats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  using nats::feed;
  fuzz::Input input(data, size);
  const auto max_payload = static_cast<std::size_t>(input.number(3));
  const std::string_view cuts = input.until('\0'), stream = input.rest();
  const nats::Run whole = feed(stream, {}, max_payload);
  for (const std::string_view other : {cuts, std::string_view("\0", 1)}) {
    const nats::Run cut = feed(stream, other, max_payload);
    fuzz::require(cut.ops == whole.ops, "the operations do not depend on the cuts");
    fuzz::require(cut.failed == whole.failed && cut.left == whole.left, "nor does how it ends");
  }
  return 0;
}
