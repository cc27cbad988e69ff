#include "app/stream_trouble.h"

#include <fmt/format.h>

#include "base/text.h"

namespace remaphore {
namespace {

using Kind = jetstream::Failure::Kind;

constexpr std::string_view kProvision = "remaphore-fleet provision DIR";

std::string not_kept(std::string_view stream, std::string_view subject) {
  const std::string_view last = subject.substr(subject.rfind('.') + 1);
  return fmt::format("stream {} does not keep messages sent to {}: {} --keep-subject {} adds them", stream,
                     escape_control(subject), kProvision, quote(last));
}

}  // namespace

std::string stream_trouble(const jetstream::Failure& failure, std::string_view stream, std::string_view subject) {
  switch (failure.kind) {
    case Kind::kOff:
      return fmt::format("the server has no JetStream, or none for this account ({}): {} enables it", failure.text,
                         kProvision);
    case Kind::kNoResponders:
    case Kind::kTimeout:
      return fmt::format("the server has no JetStream ({}): {} enables it", failure.text, kProvision);
    case Kind::kNoStream: return fmt::format("the server has no stream {}: {} creates it", stream, kProvision);
    case Kind::kNotKept: return not_kept(stream, subject);
    case Kind::kDenied: return fmt::format("{}: {} creates credentials with the permission", failure.text, kProvision);
    case Kind::kFull:
      return fmt::format("stream {} accepts no more: {}; it needs {} --keep-bytes BYTES, or room on the server's disk",
                         stream, failure.text, kProvision);
    case Kind::kTooLarge:
    case Kind::kLost: return failure.text;
    case Kind::kNoMessage:
    case Kind::kWrongSequence:
    case Kind::kUnavailable:
    case Kind::kOther:
    case Kind::kMalformed: break;
  }
  return fmt::format("stream {} cannot be used: {}", stream, failure.text);
}

}  // namespace remaphore
