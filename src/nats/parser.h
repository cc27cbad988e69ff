// Bytes from a NATS server -> protocol operations. Pure; every length is bounded before it is used, so that no server
// can make it crash, loop or hold more than message_bound(max_payload) and a line. Protocol: the NATS documentation's
// "Client Protocol".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remaphore::nats {

struct Op {
  enum class Kind { kInfo, kMessage, kPing, kPong, kOk, kError };
  Kind kind;
  std::string_view text;  // kInfo: the JSON; kError: the text without its quotes

  // kMessage
  std::uint64_t sid = 0;      // the subscription it is for
  std::string_view subject;   // one word; empty if longer than kMaxSubject
  std::string_view reply_to;  // one word; empty: none, or longer than kMaxSubject
  std::string_view headers;   // the block, nats/headers.h; empty: none, or longer than header::kMaxBlockBytes
  std::string_view payload;
};

class Parser {
 public:
  static constexpr std::size_t kSlack = std::size_t{64} << 10;  // longest line (INFO with its connect_urls)
  static constexpr std::size_t kMaxMaxPayload = (std::size_t{64} << 20) + kSlack;  // whatever a server announces
  static constexpr std::size_t kMaxSubject = 1024;                                 // bytes; our own are shorter

  // The largest message from a server that accepts `max_payload` bytes from a client: a JetStream answer holds a
  // stored message as base64, headers included, inside some JSON.
  static constexpr std::size_t message_bound(std::size_t max_payload) { return max_payload / 3 * 4 + kSlack; }

  // The limit that the server announced; until it is set, no message is accepted.
  void set_max_payload(std::size_t bytes);

  // Where to read the next bytes to, at least `size` of them; invalidates the views of earlier Ops.
  std::span<char> writable(std::size_t size);
  void commit(std::size_t size);

  // The next complete operation, nullopt if more bytes are needed. Errc::kConnection: a protocol violation, close this
  // connection. Views in the Op live until writable().
  Result<std::optional<Op>> next();

  // Bytes held that do not form a complete operation yet.
  std::size_t pending() const { return end_ - begin_; }

 private:
  Result<std::optional<Op>> parse_line(std::string_view line, std::size_t line_size);
  enum class Headers { kNone, kPresent };
  Result<std::optional<Op>> parse_message(std::string_view arguments, Headers headers, std::size_t line_size);

  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // first byte not consumed
  std::size_t end_ = 0;      // one past the last byte read
  std::size_t scanned_ = 0;  // bytes from begin_ known to hold no newline
  std::size_t need_ = 0;     // bytes from begin_ that the message at begin_ takes, once its line is known
  std::optional<std::size_t> max_payload_;
};

}  // namespace remaphore::nats
