#include "core/trust.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <functional>

#include "base/hex.h"
#include "core/lock_entry.h"
#include "core/lock_key.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;
using test::message_saying;
using test::noon;
using test::public_text;
using test::signed_by;

constexpr Duration kSkew = seconds(5);

// Peer 1 may use every verb, 2 only ping and deploy, 3 none; 4 is not a peer.
class TrustTest : public testing::Test {
 protected:
  TrustTest()
      : texts_{public_text(1), public_text(2), public_text(3)},
        peers_({{"node1", texts_[0], VerbList("*"), 1},
                {"node2", texts_[1], VerbList("ping,deploy"), 2},
                {"node3", texts_[2], VerbList(""), 3}}),
        guard_(peers_.all().size()) {}

  // Everything but remembering.
  Result<VerifiedMessage, Refusal> judge(const std::string& bytes, WallTime arrival = noon()) const {
    auto screened = screen_message(bytes, arrival, {peers_, filter_, kSkew, guard_});
    if (!screened) return pass_on(screened);
    return verify_message(std::move(*screened));
  }
  // The verdict of screening alone, which must not have looked at the signature.
  std::optional<RefusalCode> screened(const std::string& bytes, WallTime arrival = noon()) const {
    const auto screened = screen_message(bytes, arrival, {peers_, filter_, kSkew, guard_});
    EXPECT_FALSE(screened) << "it was let through";
    if (screened) return std::nullopt;
    return screened.error().code;
  }
  void remember(const std::string& bytes) {
    const auto screened = screen_message(bytes, noon(), {peers_, filter_, kSkew, guard_});
    ASSERT_TRUE(screened);
    guard_.remember(screened->replay_key(), noon() + kSkew, screened->claimed().public_key);
  }

  std::array<std::string, 3> texts_;
  Peers peers_;
  Filter filter_;
  ReplayGuard guard_;
};

// The parts of a message, which can be misspelled at will and are signed all the same.
struct Parts {
  std::string destination = "**", time = wire::format_time(noon()), uuid = "6964", verb = "ping", flag = "_",
              payload = "hello";
  std::string body() const { return fmt::format("{},{},{},{},{},{}", destination, time, uuid, verb, flag, payload); }
  std::string signed_with(std::uint8_t number) const {
    const SecretKey key = test::key_of(number);
    return fmt::format("{},{},{}", public_text(number), keys::to_base58(key.sign(body())), body());
  }
};

// --since an hour.
class TrustWindowTest : public TrustTest {
 protected:
  std::optional<RefusalCode> refusal(Duration before, bool reply_wanted = false) const {
    Message message = message_saying("x");
    message.time = noon() - before;
    message.reply_wanted = reply_wanted;
    const Window window(kSkew, std::chrono::hours(1));
    const auto screened = screen_message(signed_by(1, message), noon(), {peers_, filter_, window, guard_});
    return screened ? std::nullopt : std::optional(screened.error().code);
  }
};

TEST_F(TrustWindowTest, ReachesBackByItsLengthAndTheSkew) {
  EXPECT_EQ(refusal(std::chrono::hours(1) + kSkew), std::nullopt);
  EXPECT_EQ(refusal(std::chrono::hours(1) + kSkew + Duration(1)), RefusalCode::kSkew);
}

TEST_F(TrustWindowTest, ReachesForwardByTheSkewAlone) {
  EXPECT_EQ(refusal(-kSkew), std::nullopt);
  EXPECT_EQ(refusal(-kSkew - Duration(1)), RefusalCode::kSkew);
}

TEST_F(TrustWindowTest, IsNoLongerForRequestsThanWithoutIt) {
  EXPECT_EQ(refusal(kSkew, true), std::nullopt);
  EXPECT_EQ(refusal(kSkew + Duration(1), true), RefusalCode::kSkew);
}

TEST_F(TrustWindowTest, SaturatesInsteadOfOverflowing) {
  const Window window(kSkew, Duration::max());
  EXPECT_EQ(window.past, Duration::max());
  EXPECT_EQ(window.end_of(noon()), WallTime::max());
}

using VerifyTest = TrustTest;

TEST_F(VerifyTest, AcceptsWhatAPeerSigned) {
  Message message = message_saying("hello, world\n");
  message.destination = "com.*";
  message.verb = "deploy";
  message.reply_wanted = true;
  const std::string bytes = signed_by(2, message);
  const auto verified = judge(bytes, noon() + seconds(1));
  ASSERT_TRUE(verified) << verified.error().reason;
  EXPECT_EQ(verified->sender().destination, "node2");
  EXPECT_EQ(verified->arrival(), noon() + seconds(1));
  EXPECT_EQ(verified->destination(), "com.*");
  EXPECT_EQ(verified->verb(), "deploy");
  EXPECT_EQ(verified->payload(), "hello, world\n");
  EXPECT_EQ(verified->time(), noon());
  EXPECT_EQ(wire::parse_uuid(verified->uuid_hex()), message.uuid);
  EXPECT_TRUE(verified->reply_wanted());
  EXPECT_EQ(verified->hash(), wire::hash(bytes));
  EXPECT_EQ(verified->size(), bytes.size());
}

TEST_F(VerifyTest, RefusesAKeyThatIsNotConfigured) {
  const auto refused = judge(signed_by(4, message_saying("x")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RefusalCode::kPeer);
  EXPECT_EQ(refused.error().claimed, nullptr);
}

TEST_F(VerifyTest, RefusesAVerbThePeerMayNotUse) {
  Message message = message_saying("x");
  message.verb = "reboot";
  EXPECT_TRUE(judge(signed_by(1, message)));
  for (const std::uint8_t number : {std::uint8_t{2}, std::uint8_t{3}}) {
    const auto refused = judge(signed_by(number, message));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, RefusalCode::kPeer);
    EXPECT_EQ(refused.error().claimed, &peers_.all()[number - 1u]);
  }
  message.verb = "Ping";  // case matters on the wire
  EXPECT_EQ(judge(signed_by(2, message)).error().code, RefusalCode::kPeer);
  EXPECT_EQ(judge(signed_by(3, message_saying("x"))).error().code, RefusalCode::kPeer);
}

TEST_F(VerifyTest, RefusesASignatureOfAnybodyElse) {
  const auto refused = judge(test::forged(signed_by(1, message_saying("x"))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RefusalCode::kSignature);
  EXPECT_EQ(refused.error().claimed, &peers_.all()[0]);
}

TEST_F(VerifyTest, RefusesAMessageWithAnyFieldChanged) {
  const Parts good;
  const std::string bytes = good.signed_with(1);
  ASSERT_TRUE(judge(bytes));
  const auto with = [&](const std::function<void(Parts&)>& change) {
    Parts changed = good;
    change(changed);
    return bytes.substr(0, bytes.size() - good.body().size()) + changed.body();
  };
  const std::string changed[] = {
      with([](Parts& p) { p.destination = "*"; }),
      with([](Parts& p) { p.time.back() = p.time.back() == '0' ? '1' : '0'; }),
      with([](Parts& p) { p.uuid = "6965"; }),
      with([](Parts& p) { p.verb = "pong"; }),
      with([](Parts& p) { p.flag = "Q"; }),
      with([](Parts& p) { p.payload = "hellO"; }),
      with([](Parts& p) { p.payload = "hello "; }),
      with([](Parts& p) { p.payload = ""; }),
  };
  for (const std::string& one : changed) {
    const auto refused = judge(one);
    ASSERT_FALSE(refused) << one;
    EXPECT_EQ(refused.error().code, RefusalCode::kSignature) << one;
  }
}

TEST_F(VerifyTest, RefusesASignatureThatIsNoBase58Of64Bytes) {
  const Parts good;
  for (const std::string& signature : {std::string(), std::string("x"), std::string(63, '1'), std::string(89, '1'),
                                       std::string(64, '0'), std::string(88, 'z'), std::string(5000, '2')}) {
    const auto refused = judge(fmt::format("{},{},{}", public_text(1), signature, good.body()));
    ASSERT_FALSE(refused) << signature;
    EXPECT_EQ(refused.error().code, RefusalCode::kSignature) << signature;
  }
}

TEST_F(VerifyTest, RefusesASignatureMovedToAnotherPeersKey) {
  const Parts good;
  const std::string bytes = good.signed_with(1);
  const std::string moved = public_text(2) + bytes.substr(public_text(1).size());
  EXPECT_EQ(judge(moved).error().code, RefusalCode::kSignature);
}

TEST_F(VerifyTest, RefusesSpellingsThatTheFormatDoesNotKnow) {
  const std::function<void(Parts&)> changes[] = {
      [](Parts& p) { p.time = "0" + p.time; },
      [](Parts& p) { p.time = "+" + p.time; },
      [](Parts& p) { p.time = "17979CFE362A0000"; },
      [](Parts& p) { p.time = ""; },
      [](Parts& p) { p.uuid = ""; },
      [](Parts& p) { p.uuid = "69A4"; },
      [](Parts& p) { p.uuid = "696"; },
      [](Parts& p) { p.uuid = std::string(26, 'a'); },
      [](Parts& p) { p.flag = "q"; },
      [](Parts& p) { p.flag = ""; },
      [](Parts& p) { p.flag = "Q "; },
      [](Parts& p) { p.destination = std::string(1025, 'd'); },
      [](Parts& p) { p.verb = std::string(257, 'v'); },
  };
  for (const auto& change : changes) {
    Parts parts;
    change(parts);
    EXPECT_EQ(screened(parts.signed_with(1)), RefusalCode::kFormat) << parts.body();
  }
  EXPECT_EQ(screened("hello"), RefusalCode::kFormat);
  EXPECT_EQ(screened(""), RefusalCode::kFormat);
}

TEST_F(VerifyTest, RefusesAReplyOnTheBroadcastSubject) {
  Parts parts;
  parts.destination = "";
  parts.verb = "reply";
  EXPECT_EQ(screened(parts.signed_with(1)), RefusalCode::kFormat);
  parts.verb = "ping";  // an empty destination alone is not
  EXPECT_TRUE(judge(parts.signed_with(1)));
  parts.verb = "reply";  // nor is the verb alone
  parts.destination = "**";
  EXPECT_TRUE(judge(parts.signed_with(1)));
}

TEST_F(VerifyTest, RefusesWhatIsNotForThisProcess) {
  filter_.verbs = {"deploy"};
  const auto refused = judge(signed_by(1, message_saying("x")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RefusalCode::kFiltered);
  EXPECT_STREQ(refused.error().reason, "it has a different verb");
}

// ---- time

TEST_F(VerifyTest, AllowsTheSkewAndNotOneNanosecondMore) {
  const std::string bytes = signed_by(1, message_saying("x"));
  EXPECT_TRUE(judge(bytes, noon() + kSkew));
  EXPECT_TRUE(judge(bytes, noon() - kSkew));
  for (const Duration beyond : {kSkew + Duration(1), -kSkew - Duration(1)}) {
    const auto refused = judge(bytes, noon() + beyond);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, RefusalCode::kSkew);
    EXPECT_EQ(refused.error().offset, -beyond);  // its TIME minus our clock
    EXPECT_EQ(refused.error().claimed, &peers_.all()[0]);
  }
}

TEST_F(VerifyTest, SaturatesAtTheEndsOfTime) {
  const std::pair<WallTime, Duration> cases[] = {
      {WallTime::min(), -Duration::max()},
      {WallTime::min() + Duration(1), -Duration::max()},
      {WallTime::max(), WallTime::max() - noon()},
      {WallTime(Duration(-1)), WallTime(Duration(-1)) - noon()},
  };
  for (const auto& [time, offset] : cases) {
    Message message = message_saying("x");
    message.time = time;
    const auto refused = judge(signed_by(1, message));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, RefusalCode::kSkew);
    EXPECT_EQ(refused.error().offset, offset);
  }
  Message late = message_saying("x");
  late.time = WallTime::max();
  EXPECT_EQ(judge(signed_by(1, late), WallTime::min()).error().offset, Duration::max());
}

TEST_F(VerifyTest, SurvivesTheEndOfTime) {
  Message message = message_saying("x");
  message.time = WallTime::max();
  EXPECT_TRUE(screen_message(signed_by(1, message), WallTime::max(), {peers_, filter_, kSkew, guard_}));
}

// ---- replay

TEST_F(VerifyTest, RefusesWhatWasRemembered) {
  const std::string bytes = signed_by(1, message_saying("x"));
  remember(bytes);
  EXPECT_EQ(screened(bytes), RefusalCode::kReplay);
  EXPECT_TRUE(judge(signed_by(1, message_saying("y"))));
}

TEST_F(VerifyTest, KnowsARememberedMessageUnderAnotherSignature) {
  const std::string bytes = signed_by(1, message_saying("x"));
  remember(bytes);
  EXPECT_EQ(screened(test::forged(bytes)), RefusalCode::kReplay);
}

TEST_F(VerifyTest, KeepsTwoSendersOfTheSameTextApart) {
  remember(signed_by(1, message_saying("x")));
  EXPECT_TRUE(judge(signed_by(2, message_saying("x"))));
}

// ---- the order of checks: with two faults, the cheaper check speaks

TEST_F(VerifyTest, ChecksInTheDocumentedOrder) {
  Parts parts;
  parts.verb = std::string(257, 'v');
  EXPECT_EQ(screened(parts.signed_with(4)), RefusalCode::kFormat) << "lengths before the peer";
  parts = {};
  parts.destination = std::string(1025, 'd');
  EXPECT_EQ(screened(parts.signed_with(4)), RefusalCode::kFormat) << "lengths before the peer";
  parts = {};
  parts.uuid = std::string(25, 'a');
  EXPECT_EQ(screened(parts.signed_with(4)), RefusalCode::kFormat) << "lengths before the peer";

  parts = {};
  parts.destination = "";
  parts.verb = "reply";
  EXPECT_EQ(screened(parts.signed_with(2)), RefusalCode::kPeer) << "the peer's verbs before the shape of a reply";
  filter_.verbs = {"deploy"};
  EXPECT_EQ(screened(parts.signed_with(1)), RefusalCode::kFormat) << "the shape of a reply before filters";
  filter_ = {};

  parts = {};
  parts.time = "0" + parts.time;
  EXPECT_EQ(screened(parts.signed_with(4)), RefusalCode::kPeer) << "the peer before spellings";
  EXPECT_EQ(screened(parts.signed_with(3)), RefusalCode::kPeer) << "the peer's verbs before spellings";

  filter_.verbs = {"deploy"};
  EXPECT_EQ(screened(parts.signed_with(1)), RefusalCode::kFormat) << "spellings before filters";

  parts = {};
  EXPECT_EQ(screened(parts.signed_with(1), noon() + seconds(60)), RefusalCode::kFiltered) << "filters before skew";

  filter_ = {};
  const std::string seen = parts.signed_with(1);
  remember(seen);
  EXPECT_EQ(screened(seen, noon() + seconds(60)), RefusalCode::kSkew) << "skew before the replay guard";
  EXPECT_EQ(screened(test::forged(seen)), RefusalCode::kReplay) << "the replay guard before the signature";
}

// A PUB of any length or spelling is simply no peer.
TEST_F(VerifyTest, TakesAnyOtherPublicKeyTextForUnknown) {
  const Parts good;
  const std::string key = public_text(1);
  for (const std::string& pub : {std::string(), key.substr(1), "1" + key, key + " ", std::string(1u << 20, 'a')}) {
    EXPECT_EQ(screened(fmt::format("{},{},{}", pub, "sig", good.body())), RefusalCode::kPeer);
  }
}

// ---- replies

class VerifyReplyTest : public TrustTest {
 protected:
  static constexpr std::string_view kRequest = "the bytes of a request";
  Result<VerifiedReply, Refusal> judge_reply(const std::string& bytes, WallTime arrival = noon(),
                                             bool require_bound = false) const {
    const Uuid binding = Uuid::from_hash(wire::hash(kRequest));
    auto screened = screen_reply(bytes, arrival, {addressed_, peers_, binding, require_bound, kSkew});
    if (!screened) return pass_on(screened);
    return verify_reply(std::move(*screened));
  }
  static Parts reply_parts() {
    Parts parts;
    parts.destination = "";
    parts.verb = "reply";
    parts.payload = "0,done";
    return parts;
  }
  const Peers addressed_{{peers_.all()[1], peers_.all()[2]}};  // 2 and 3 were asked
};

TEST_F(VerifyReplyTest, AcceptsTheBoundReplyOfAPeerThatWasAsked) {
  const auto reply = judge_reply(test::reply_by(3, kRequest, "0,done", noon()), noon() + seconds(2), true);
  ASSERT_TRUE(reply) << reply.error().reason;
  EXPECT_EQ(&reply->sender(), &addressed_.all()[1]);  // whose verbs are none: a reply needs no permission
  EXPECT_EQ(reply->payload(), "0,done");
  EXPECT_EQ(reply->arrival(), noon() + seconds(2));
  EXPECT_TRUE(reply->bound());
}

TEST_F(VerifyReplyTest, AcceptsAnUnboundReplyUnlessBoundOnesAreRequired) {
  const std::string bytes = reply_parts().signed_with(2);
  const auto reply = judge_reply(bytes);
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->bound());
  const auto refused = judge_reply(bytes, noon(), true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RefusalCode::kReplay);
  const auto other = judge_reply(test::reply_by(2, "another request", "0,done", noon()), noon(), true);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, RefusalCode::kReplay);
}

TEST_F(VerifyReplyTest, NamesAPeerThatWasNotAsked) {
  const auto uninvited = judge_reply(test::reply_by(1, kRequest, "0,done", noon()));
  ASSERT_FALSE(uninvited);
  EXPECT_EQ(uninvited.error().code, RefusalCode::kPeer);
  EXPECT_EQ(uninvited.error().claimed, &peers_.all()[0]);
  const auto unknown = judge_reply(test::reply_by(4, kRequest, "0,done", noon()));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, RefusalCode::kPeer);
  EXPECT_EQ(unknown.error().claimed, nullptr);
}

TEST_F(VerifyReplyTest, RefusesWhatIsNoReply) {
  Parts parts = reply_parts();
  parts.destination = "**";
  EXPECT_EQ(judge_reply(parts.signed_with(2)).error().code, RefusalCode::kFormat);
  parts = reply_parts();
  parts.verb = "ping";
  EXPECT_EQ(judge_reply(parts.signed_with(2)).error().code, RefusalCode::kFormat);
  parts = reply_parts();
  parts.flag = "Q";
  EXPECT_EQ(judge_reply(parts.signed_with(2)).error().code, RefusalCode::kFormat);
  parts = reply_parts();
  parts.uuid = "6A";
  EXPECT_EQ(judge_reply(parts.signed_with(2)).error().code, RefusalCode::kFormat);
  EXPECT_EQ(judge_reply("0,done").error().code, RefusalCode::kFormat);
}

TEST_F(VerifyReplyTest, RefusesAReplyOutsideTheWindow) {
  const std::string bytes = test::reply_by(2, kRequest, "0,done", noon());
  EXPECT_TRUE(judge_reply(bytes, noon() + kSkew));
  const auto refused = judge_reply(bytes, noon() + kSkew + Duration(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RefusalCode::kSkew);
  EXPECT_EQ(refused.error().offset, -kSkew - Duration(1));
}

TEST_F(VerifyReplyTest, RefusesAForgedReply) {
  EXPECT_EQ(judge_reply(test::forged(test::reply_by(2, kRequest, "0,done", noon()))).error().code,
            RefusalCode::kSignature);
  const std::string bytes = test::reply_by(2, kRequest, "0,done", noon());
  const std::string stolen = public_text(3) + bytes.substr(public_text(2).size());
  EXPECT_EQ(judge_reply(stolen).error().code, RefusalCode::kSignature);
}

TEST_F(VerifyReplyTest, GivesRepeatsOfTheSameSignedBytesTheSameKey) {
  const auto one = judge_reply(test::reply_by(2, kRequest, "0,done", noon()));
  const auto again = judge_reply(test::reply_by(2, kRequest, "0,done", noon()));
  const auto other = judge_reply(test::reply_by(2, kRequest, "0,more", noon()));
  const auto peer = judge_reply(test::reply_by(3, kRequest, "0,done", noon()));
  EXPECT_EQ(one->key(), again->key());
  EXPECT_FALSE(one->key() == other->key());
  EXPECT_FALSE(one->key() == peer->key());
  const std::string resigned = test::forged(test::reply_by(2, kRequest, "0,done", noon()));
  const auto screened = screen_reply(resigned, noon(), {addressed_, peers_, Uuid::random(), false, kSkew});
  EXPECT_EQ(screened->replay_key(), one->key()) << "whatever the signature";
}

// ---- by type

template <class T>
concept MakeableFromText = std::is_constructible_v<T, std::string> || std::is_constructible_v<T, UnverifiedMessage> ||
    std::is_default_constructible_v<T>;

TEST(VerifiedTypesTest, CannotBeMadeByAnybodyElse) {
  static_assert(!MakeableFromText<VerifiedMessage> && !MakeableFromText<VerifiedReply>);
  static_assert(!std::is_constructible_v<VerifiedMessage, VerifiedReply>);
  static_assert(!std::is_constructible_v<VerifiedReply, VerifiedMessage>);
}

class TrustEntryTest : public TrustTest {
 protected:
  static constexpr const char* kPlace = "remaphore.lock.nightly.0123456789abcdef0123456789abcdef";

  static Parts entry(const char* place = kPlace) {
    Parts parts;
    parts.verb = "lock";
    parts.flag = "_";
    parts.destination = "**";
    parts.uuid = hex::encode(lock_key::binding(place).bytes());
    return parts;
  }
  std::optional<RefusalCode> refused(const std::string& bytes, const char* lock = "nightly") const {
    auto screened = screen_entry(bytes, noon(), {lockers_, lock, lock_key::binding(kPlace)});
    if (!screened) return screened.error().code;
    const auto verified = verify_entry(std::move(*screened));
    if (!verified) return verified.error().code;
    EXPECT_EQ(verified->payload(), entry().payload);
    return std::nullopt;
  }

  const std::string keys_[3] = {public_text(1), public_text(2), public_text(3)};
  const Peers lockers_{{{"one", keys_[0], VerbList("lock"), 1},
                        {"two", keys_[1], VerbList("ping,lock.nightly"), 2},
                        {"three", keys_[2], VerbList("ping"), 3}}};
};

TEST_F(TrustEntryTest, IsOfAPeerThatMayTakeEveryLockOrThisOne) {
  EXPECT_EQ(refused(entry().signed_with(1)), std::nullopt);
  Parts of_one = entry();
  of_one.verb = "lock.nightly";
  EXPECT_EQ(refused(of_one.signed_with(2)), std::nullopt);
  EXPECT_EQ(refused(of_one.signed_with(2), "weekly"), RefusalCode::kFormat);
  EXPECT_EQ(refused(entry().signed_with(2)), RefusalCode::kPeer);
  EXPECT_EQ(refused(entry().signed_with(3)), RefusalCode::kPeer);
  EXPECT_EQ(refused(entry().signed_with(4)), RefusalCode::kPeer);
}

TEST_F(TrustEntryTest, IsOfAnyTime) {
  Parts parts = entry();
  for (const WallTime time : {WallTime::min(), WallTime{}, WallTime::max()}) {
    parts.time = wire::format_time(time);
    EXPECT_EQ(refused(parts.signed_with(1)), std::nullopt);
  }
}

TEST_F(TrustEntryTest, IsForOnePlace) {
  EXPECT_EQ(refused(entry("remaphore.lock.nightly.ffffffffffffffffffffffffffffffff").signed_with(1)),
            RefusalCode::kReplay);
}

TEST_F(TrustEntryTest, RefusesEverythingElse) {
  EXPECT_EQ(refused("garbage"), RefusalCode::kFormat);
  EXPECT_EQ(refused(test::forged(entry().signed_with(1))), RefusalCode::kSignature);
  Parts asking = entry();
  asking.flag = "Q";
  EXPECT_EQ(refused(asking.signed_with(1)), RefusalCode::kFormat);
  Parts addressed = entry();
  addressed.destination = "one";
  EXPECT_EQ(refused(addressed.signed_with(1)), RefusalCode::kFormat);
}

TEST_F(TrustEntryTest, IsNoMessage) {
  LockEntry held;
  held.state = LockEntry::State::kHeld;
  held.ticket = held.fence = 1;
  held.slots = kMaxSlots;
  held.ahead.assign(kMaxSlots - 1, std::string(lock_key::kIdDigits, 'a'));
  held.who.assign(LockEntry::kMaxWho, '\1');
  held.host.assign(LockEntry::kMaxHost, '\1');
  LockEntry gone;
  gone.state = LockEntry::State::kGone;
  Parts parts = entry();
  for (const LockEntry& one : {held, gone, LockEntry{}}) {
    parts.payload = format_lock_entry(one);
    for (const char* verb : {"lock", "lock.nightly", "lock.weekly"}) {
      parts.verb = verb;
      EXPECT_EQ(screened(parts.signed_with(1)), RefusalCode::kFormat) << parts.payload;
    }
  }
}

TEST_F(TrustEntryTest, LeavesItsVerbToMessages) {
  Parts parts = entry();
  for (const char* payload : {"", "nightly", "{}", R"({"v":1})", R"({"v":1,"state":"held"})"}) {
    parts.payload = payload;
    EXPECT_TRUE(judge(parts.signed_with(1))) << payload;
  }
  parts.payload = format_lock_entry({});
  for (const char* verb : {"locks", "unlock", "Lock", "loc"}) {
    parts.verb = verb;
    EXPECT_TRUE(judge(parts.signed_with(1))) << verb;
  }
}

class TrustQuestionTest : public TrustTest {
 protected:
  static Parts question() {
    Parts parts;
    parts.verb = "who";
    parts.flag = "Q";
    parts.payload = "--who";
    return parts;
  }
  std::optional<RefusalCode> refused(const std::string& bytes) const {
    auto screened = screen_question(bytes, noon(), {peers_, filter_});
    if (!screened) return screened.error().code;
    const auto verified = verify_question(std::move(*screened));
    if (!verified) return verified.error().code;
    return std::nullopt;
  }
};

TEST_F(TrustQuestionTest, IsAnyPeersWhateverItsVerbs) {
  for (std::uint8_t peer = 1; peer <= 3; ++peer) EXPECT_EQ(refused(question().signed_with(peer)), std::nullopt);
  Parts empty = question();
  empty.payload = "";
  EXPECT_EQ(refused(empty.signed_with(2)), std::nullopt);
}

TEST_F(TrustQuestionTest, IsOfAnyTime) {
  Parts parts = question();
  for (const WallTime time : {WallTime::min(), WallTime{}, noon() - seconds(3600), WallTime::max()}) {
    parts.time = wire::format_time(time);
    EXPECT_EQ(refused(parts.signed_with(3)), std::nullopt);
  }
}

TEST_F(TrustQuestionTest, RefusesEverythingElse) {
  EXPECT_EQ(refused("hello"), RefusalCode::kFormat);
  EXPECT_EQ(refused(question().signed_with(4)), RefusalCode::kPeer);
  EXPECT_EQ(refused(test::forged(question().signed_with(1))), RefusalCode::kSignature);
  for (const auto& [verb, flag] : {std::pair("ping", "Q"), std::pair("who", "_"), std::pair("WHO", "Q")}) {
    Parts parts = question();
    parts.verb = verb;
    parts.flag = flag;
    EXPECT_EQ(refused(parts.signed_with(1)), RefusalCode::kFormat) << verb << flag;
  }
  Parts request = question();
  request.payload = "hello";
  EXPECT_EQ(refused(request.signed_with(1)), RefusalCode::kFormat);
  Parts respelled = question();
  respelled.uuid = "696D";
  EXPECT_EQ(refused(respelled.signed_with(1)), RefusalCode::kFormat);
}

TEST_F(TrustQuestionTest, IsForTheNodesItNames) {
  filter_.destination = "com.x";
  Parts parts = question();
  parts.destination = "com.y";
  EXPECT_EQ(refused(parts.signed_with(1)), RefusalCode::kFiltered);
  parts.destination = "com.*";
  EXPECT_EQ(refused(parts.signed_with(1)), std::nullopt);
}

TEST_F(TrustQuestionTest, IsNoMessage) {
  EXPECT_EQ(screened(question().signed_with(1)), RefusalCode::kFormat) << "by a peer that may use the verb";
  EXPECT_EQ(screened(question().signed_with(2)), RefusalCode::kPeer);
  static_assert(!std::is_constructible_v<VerifiedMessage, VerifiedQuestion>);
}

TEST_F(TrustQuestionTest, LeavesItsVerbToMessages) {
  Parts told = question(), request = question(), empty = question();
  told.flag = "_";
  request.payload = "hello";
  empty.payload = "";
  for (const Parts& parts : {told, request, empty}) EXPECT_TRUE(judge(parts.signed_with(1)));
}

TEST_F(TrustTest, HashesALargeMessageOnlyOnceItsSignatureIsChecked) {
  const std::string bytes = signed_by(1, message_saying(std::string(5000, 'x')));
  auto first = screen_message(bytes, noon(), {peers_, filter_, kSkew, guard_});
  ASSERT_TRUE(first);
  const auto message = verify_message(std::move(*first));
  ASSERT_TRUE(message);
  const auto fields = wire::Fields::split(bytes);
  EXPECT_EQ(message->replay_key(), keys::sha256(fields->public_key(), fields->signed_bytes()));

  guard_.remember(message->replay_key(), noon() + kSkew, message->sender().public_key);
  EXPECT_TRUE(screen_message(bytes, noon(), {peers_, filter_, kSkew, guard_}))
      << "a copy is found when it is remembered";
  EXPECT_EQ(guard_.remember(message->replay_key(), noon() + kSkew, message->sender().public_key),
            ReplayGuard::Verdict::kSeen);
}

}  // namespace
}  // namespace remaphore
