// The header block of a NATS message, in HPUB and HMSG: `NATS/1.0[ STATUS[ DESCRIPTION]]`, one `Name: value` line each,
// an empty line; all end in CRLF (NATS ADR-4). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/header.h"

namespace remaphore::nats {

struct HeaderBlock {
  int status = 0;               // 100 to 999: the server's own status, such as 503 for "no responders"; 0: none
  std::vector<Header> headers;  // views of the block; in its order, names may repeat
};

// Errc::kFormat: not a block, longer than header::kMaxBlockBytes, or with more than header::kMaxCount headers. Blanks
// around a value are dropped. The headers returned have passed header::check().
Result<HeaderBlock> parse_headers(std::string_view block);

// Writes the block for headers that have passed header::check().
std::string format_headers(std::span<const Header> headers);

}  // namespace remaphore::nats
