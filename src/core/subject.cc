#include "core/subject.h"

#include <fmt/format.h>

#include "base/hex.h"
#include "base/redact.h"
#include "base/text.h"

namespace remaphore::subject {

Result<void> check(std::string_view subject) {
  const auto refuse = [subject](std::string_view why) {
    return fail(Errc::kUsage, fmt::format("not a usable subject: {}: {}", quote_redacted(subject), why));
  };
  if (subject.size() > kMaxBytes) return refuse(fmt::format("longer than {} bytes", kMaxBytes));
  char previous = '.';
  for (const char c : subject) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f) return refuse("blanks and control characters are not allowed");
    if (c == '*' || c == '>') return refuse("wildcards are not allowed");
    if (c == '.' && previous == '.') return refuse("there is an empty part between dots");
    previous = c;
  }
  if (!is_visible(subject)) return refuse("invisible characters are not allowed");
  if (previous == '.') return refuse("there is an empty part between dots");
  return {};
}

std::string broadcast(std::string_view subject, std::string_view last) { return fmt::format("{}.{}", subject, last); }

std::string reply(std::string_view subject, const Digest& request_hash) {
  return fmt::format("{}.{}", subject, hex::encode(request_hash.bytes));
}

}  // namespace remaphore::subject
