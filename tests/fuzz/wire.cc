// A message as it comes from the network: the split loses nothing, what decodes encodes to the same bytes, and both
// screens give the verdict that doc/wire-format.md's order of checks requires, computed here a second time in a simpler
// way.

#include "core/wire.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/hex.h"
#include "core/trust.h"
#include "fuzz/fuzz.h"

namespace remaphore {
namespace {

using fuzz::require;
using fuzz::Wide;

// The arrival of every input and the keys of the peers; make_corpus.py writes the same ones into the seeds.
constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
constexpr std::int64_t kSkew = 5'000'000'000;
constexpr std::string_view kLeft = "9iiX3y2r9iyASZuZ3ExXfQye9GaViCsY294uqqyoVMgP";
constexpr std::string_view kRight = "8raNDHHYvWAKtViGgt3VSEoHj6AyBnedYQfaZWR3Vvjy";
constexpr std::string_view kMute = "DRvUzsahq16pHtQgFH1RCwKCNygSw3bvtFPJLvxaDBVr";
constexpr std::string_view kOurName = "com.crypto.us.a";

Peers make_peers(bool everyone) {
  std::vector<Peer> peers = {{"com.crypto.us.a", kLeft, VerbList("*"), 1},
                             {"com.crypto.us.b", kRight, VerbList("ping,deploy"), 2}};
  if (everyone) peers.push_back({"com.crypto.eu.c", kMute, VerbList(), 3});
  return Peers(std::move(peers));
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

// "Signed 64-bit Unix time in nanoseconds, lowercase hex, no padding, '-' when negative."
std::optional<Wide> read_time(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 16 || !is_hex(text)) return std::nullopt;
  if (text.front() == '0' && (text.size() > 1 || negative)) return std::nullopt;
  Wide value = 0;
  for (const char c : text) value = value * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
  if (negative) value = -value;
  constexpr Wide kEnd = static_cast<Wide>(1) << 63;
  if (value < -kEnd || value >= kEnd) return std::nullopt;
  return value;
}

// The eight fields, or nothing if there are fewer or the lengths are wrong.
std::optional<std::array<std::string_view, 8>> read_fields(std::string_view bytes) {
  std::array<std::string_view, 8> fields;
  for (std::size_t i = 0; i < 7; ++i) {
    const std::size_t comma = bytes.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    fields[i] = bytes.substr(0, comma);
    bytes.remove_prefix(comma + 1);
  }
  fields[7] = bytes;
  if (fields[2].size() > 1024 || fields[4].size() > 24 || fields[5].size() > 256) return std::nullopt;
  return fields;
}

bool canonical(const std::array<std::string_view, 8>& fields) {
  const std::string_view uuid = fields[4];
  return read_time(fields[3]) && uuid.size() >= 2 && uuid.size() % 2 == 0 && is_hex(uuid) &&
         (fields[6] == "Q" || fields[6] == "_");
}

bool in_window(const std::array<std::string_view, 8>& fields) {
  const Wide apart = *read_time(fields[3]) - kNow;
  return apart <= kSkew && -apart <= kSkew;
}

// The verdict on the broadcast subject: nothing if only the signature is left to check.
std::optional<RefusalCode> message_verdict(std::string_view bytes) {
  const auto fields = read_fields(bytes);
  if (!fields) return RefusalCode::kFormat;
  const auto& [pub, sig, dest, time, uuid, verb, flag, payload] = *fields;
  const bool may = pub == kLeft || (pub == kRight && (verb == "ping" || verb == "deploy"));
  if (!may) return RefusalCode::kPeer;
  if (!canonical(*fields) || (dest.empty() && verb == "reply")) return RefusalCode::kFormat;
  if (dest != "**" && dest != kOurName)
    return RefusalCode::kFiltered;  // what the filter below lets through of the plain ones
  if (!in_window(*fields)) return RefusalCode::kSkew;
  return std::nullopt;
}

// The verdict on a reply subject.
std::optional<RefusalCode> reply_verdict(std::string_view bytes, std::string_view binding, bool require_bound) {
  const auto fields = read_fields(bytes);
  if (!fields) return RefusalCode::kFormat;
  const auto& [pub, sig, dest, time, uuid, verb, flag, payload] = *fields;
  if (pub != kLeft && pub != kRight) return RefusalCode::kPeer;
  if (!canonical(*fields) || !dest.empty() || verb != "reply" || flag != "_") return RefusalCode::kFormat;
  if (!in_window(*fields)) return RefusalCode::kSkew;
  if (require_bound && uuid != binding) return RefusalCode::kReplay;
  return std::nullopt;
}

void check_fields(std::string_view bytes, const wire::Fields& fields) {
  std::string joined(fields.public_key());
  for (const std::string_view field : {fields.signature(), fields.destination(), fields.time(), fields.uuid(),
                                       fields.verb(), fields.flag(), fields.payload()}) {
    joined += ',';
    joined += field;
  }
  require(joined == bytes, "the fields joined by commas are the message");
  require(bytes.ends_with(fields.signed_bytes()), "the signed bytes are the end of the message");
  require(bytes.size() == fields.public_key().size() + fields.signature().size() + fields.signed_bytes().size() + 2,
          "the signed bytes are all but PUB and SIG");

  const auto time = wire::parse_time(fields.time());
  require(time.has_value() == read_time(fields.time()).has_value(), "TIME is accepted in canonical spelling only");
  if (time) {
    require(time->time_since_epoch().count() == *read_time(fields.time()), "TIME is read right");
    require(wire::format_time(*time) == fields.time(), "TIME encodes to what was decoded");
  }
  const auto uuid = wire::parse_uuid(fields.uuid());
  if (uuid) require(hex::encode(uuid->bytes()) == fields.uuid(), "UUID encodes to what was decoded");
  const auto reply_wanted = wire::parse_flag(fields.flag());
  if (!time || !uuid || !reply_wanted) return;

  Message message;
  message.destination = std::string(fields.destination());
  message.time = *time;
  message.uuid = *uuid;
  message.verb = std::string(fields.verb());
  message.reply_wanted = *reply_wanted;
  message.payload = std::string(fields.payload());
  require(wire::signed_bytes(message) == fields.signed_bytes(), "what decodes encodes to the same bytes");
}

void check_unverified(std::string_view bytes, const UnverifiedMessage& message) {
  require(message.bytes() == bytes, "an unverified message owns the whole message");
  require(message.claimed().public_key == message.fields().public_key(),
          "an unverified message names the peer whose key it carries");
  require(message.replay_key() ==
              keys::sha256(std::string(message.fields().public_key()) + std::string(message.fields().signed_bytes())),
          "the replay guard sees PUB and the signed bytes");
}

template <class Screened>
void check_verdict(std::string_view bytes, const Screened& screened, std::optional<RefusalCode> expected) {
  require(screened.has_value() == !expected, "a message passes the screen if it should");
  if (screened) return check_unverified(bytes, *screened);
  const Refusal& refusal = screened.error();
  require(refusal.code == *expected, "a message is refused for the reason that comes first");
  require(refusal.reason != nullptr && *refusal.reason != '\0', "a refusal says why");
  if (refusal.claimed != nullptr) {
    require(bytes.starts_with(refusal.claimed->public_key), "a refusal names nobody but the claimed peer");
  }
  if (refusal.code == RefusalCode::kSkew) {
    const Wide apart = *read_time((*read_fields(bytes))[3]) - kNow;
    const Wide most = Duration::max().count();
    require(refusal.offset.count() == std::clamp(apart, -most, most), "a skew refusal tells the offset, saturated");
  }
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  static const Peers known = make_peers(true), addressed = make_peers(false);
  static const ReplayGuard guard(3);
  static const Filter filter = [] {
    Filter ours;
    ours.destination = kOurName;
    return ours;
  }();
  static const Uuid binding = Uuid::from_text("binding");
  static const std::string binding_hex = hex::encode(binding.bytes());

  const std::string_view bytes = fuzz::text_of(data, size);
  const auto fields = wire::Fields::split(bytes);
  require(fields.has_value() == read_fields(bytes).has_value(),
          "a message splits if it has seven commas and its bounds");
  if (fields) check_fields(bytes, *fields);

  const WallTime now{Duration(kNow)};
  const Duration skew{kSkew};
  auto message = screen_message(bytes, now, {known, filter, skew, guard});
  const bool plain = !fields || fields->destination().find('*') == std::string_view::npos;
  if (plain || fields->destination() == "**") {
    check_verdict(bytes, message, message_verdict(bytes));
  } else if (message) {  // which patterns match is another target's question
    check_unverified(bytes, *message);
  }
  for (const bool require_bound : {false, true}) {
    const auto reply = screen_reply(bytes, now, {addressed, known, binding, require_bound, skew});
    check_verdict(bytes, reply, reply_verdict(bytes, binding_hex, require_bound));
    if (reply) require(reply->bound() == (fields->uuid() == binding_hex), "a reply is bound by its UUID");
  }
  if (message)
    require(!verify_message(std::move(*message)), "nobody can sign at this moment for keys that are not theirs");
  return 0;
}
