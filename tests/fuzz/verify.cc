// TIME's offset (4 bytes), FLAG (1), DEST, VERB, UUID and PAYLOAD (each ended by NUL), then damage: one of our messages
// is verified and encodes to the same bytes again; after damage, only the exact bytes of a signed message are verified.

#include <set>
#include <string>

#include "base/hex.h"
#include "core/trust.h"
#include "core/wire.h"
#include "fuzz/fuzz.h"
#include "property/mutants.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using fuzz::require;

constexpr Duration kSkew = std::chrono::seconds(5);

std::string without_commas(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c == ',' ? '.' : c;
  return out;
}

Message read_message(fuzz::Input& input) {
  Message message;
  message.time = test::noon() + Duration(static_cast<std::int32_t>(input.number(4))) * 4;  // 8.6 s at most
  message.reply_wanted = input.byte() % 2 != 0;
  message.destination = without_commas(input.until('\0'));
  message.verb = without_commas(input.until('\0'));
  const std::string_view uuid = input.until('\0');
  message.uuid = Uuid::from_text(uuid.empty() ? "none" : uuid);
  message.payload = std::string(input.until('\0'));
  return message;
}

bool acceptable(const Message& message) {
  return message.destination.size() <= kMaxDestination && message.verb.size() <= kMaxVerb &&
         distance(message.time, test::noon()) <= kSkew && !(message.destination.empty() && message.verb == "reply");
}

struct Receiver {
  Receiver() : left(test::public_text(1)), right(test::public_text(2)) {
    peers = Peers({{"left", left, VerbList("*"), 1}, {"right", right, VerbList("*"), 2}});
  }
  Result<VerifiedMessage, Refusal> judge(std::string_view bytes) const {
    auto screened = screen_message(bytes, test::noon(), {peers, filter, kSkew, guard});
    if (!screened) return pass_on(screened);
    return verify_message(std::move(*screened));
  }
  std::string left, right;
  Peers peers;
  Filter filter;
  ReplayGuard guard{2};
};

std::string encoded_again(const VerifiedMessage& verified) {
  Message message;
  message.destination = std::string(verified.destination());
  message.time = verified.time();
  message.uuid = *wire::parse_uuid(verified.uuid_hex());
  message.verb = std::string(verified.verb());
  message.reply_wanted = verified.reply_wanted();
  message.payload = std::string(verified.payload());
  return wire::encode(message, test::key_of(1));
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  static const Receiver receiver;
  static const SecretKey key = test::key_of(1);
  static const std::string other = test::signed_by(2, test::message_saying("from the right"));

  fuzz::Input input(data, size);
  const Message message = read_message(input);
  const std::string bytes = wire::encode(message, key);
  const auto verified = receiver.judge(bytes);
  fuzz::require(verified.has_value() == acceptable(message),
                "what we sign within the bounds is accepted, nothing else");
  if (verified) {
    fuzz::require(verified->sender().public_key == receiver.left && verified->hash() == wire::hash(bytes),
                  "a verified message is the sender's");
    fuzz::require(encoded_again(*verified) == bytes, "what is verified encodes to the same bytes");
  }

  const test::Choose choose = [&input](std::uint64_t bound) { return input.number(bound <= 256 ? 1 : 2) % bound; };
  std::string mutant = bytes;
  for (int round = 0; round < 8 && !input.empty(); ++round) {
    mutant = test::mutate(mutant, other, static_cast<test::Mutation>(choose(test::kMutations)), choose);
  }
  if (receiver.judge(mutant)) {
    fuzz::require(mutant == bytes || mutant == other, "nothing but the exact bytes of a signed message is accepted");
  }
  return 0;
}
