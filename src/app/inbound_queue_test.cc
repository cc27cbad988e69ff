#include "app/inbound_queue.h"

#include <gtest/gtest.h>

#include <memory>

#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::message_saying;
using test::signed_by;

class InboundQueueTest : public test::AppTest {
 protected:
  InboundQueueTest() { make({}); }
  void make(InboundQueue::Limits limits) { make(limits, {}); }
  // Makes a queue as after a restart of the whole process.
  void make_with_records(InboundQueue::Limits limits = {}) { make(limits, {&journal_, &audit_}); }
  void make(InboundQueue::Limits limits, InboundQueue::Records records) {
    inbound_ = std::make_unique<InboundQueue>(config_, InboundQueue::Options{filter_, limits},
                                              InboundQueue::Ports{clock_, log_, records});
  }
  void offer(const std::string& bytes) { inbound_->offer(bytes, clock_.now()); }
  // Payloads of all that may be acted on now.
  std::string taken() {
    std::string all;
    while (const auto message = inbound_->take()) all += std::string(message->payload()) + " ";
    return all;
  }
  // The most that one message takes of a bound.
  static std::size_t cost(const std::string& bytes) {
    return bytes.size() + UnverifiedMessage::kOverhead + sizeof(VerifiedMessage);
  }

  Filter filter_;
  std::unique_ptr<InboundQueue> inbound_;
};

TEST_F(InboundQueueTest, HandsOutWhatIsGoodInOrder) {
  for (const char* payload : {"a", "b", "c"}) offer(signed_by(2, message_saying(payload)));
  EXPECT_TRUE(inbound_->has_unverified());
  EXPECT_FALSE(inbound_->has_ready());
  EXPECT_FALSE(inbound_->take());  // nothing before its signature was checked
  EXPECT_EQ(inbound_->queued(), 3u);
  inbound_->verify(2);
  EXPECT_EQ(taken(), "a b ");
  EXPECT_TRUE(inbound_->has_unverified());
  inbound_->verify(100);
  EXPECT_EQ(taken(), "c ");
  EXPECT_EQ(inbound_->queued(), 0u);
}

TEST_F(InboundQueueTest, DropsWhatIsNotGood) {
  filter_.verbs = {"ping"};
  offer("noise");
  offer(signed_by(9, message_saying("stranger")));
  Message other = message_saying("other verb");
  other.verb = "deploy";
  offer(signed_by(2, other));
  offer(test::forged(signed_by(2, message_saying("forged"))));
  offer(signed_by(2, message_saying("good")));
  inbound_->verify(100);
  EXPECT_EQ(taken(), "good ");
  EXPECT_EQ(log_.text(), "");  // logged only on request
}

TEST_F(InboundQueueTest, LogsReasonsWithVerbose) {
  log_.verbose_wanted = true;
  offer("noise");
  offer(signed_by(9, message_saying("stranger")));
  offer(test::forged(signed_by(2, message_saying("forged"))));
  inbound_->verify(100);
  ASSERT_EQ(log_.lines.size(), 3u);
  EXPECT_EQ(log_.lines[0], "verbose: ignored a message: it is not in the wire format");
  EXPECT_EQ(log_.lines[1].find("verbose: ignored a message: its key belongs to no configured peer (verb \"ping\""), 0u);
  EXPECT_EQ(log_.lines[2], "verbose: ignored a message that claims to be from node2: its signature is wrong");
}

TEST_F(InboundQueueTest, AlwaysTellsOfAKnownPeersClockSkew) {
  Message late = message_saying("late");
  late.time = clock_.now() - seconds(60);
  offer(signed_by(2, late));
  EXPECT_EQ(log_.text(),
            "error: refused a message that claims to be from node2: its time is 1m behind our clock "
            "(allow_skew is 5s)\n");
}

TEST_F(InboundQueueTest, TellsOfSkewAFewTimesASecondOnly) {
  Message late = message_saying("late");
  late.time = clock_.now() - seconds(60);
  const std::string bytes = signed_by(2, late);
  for (int i = 0; i < 1000; ++i) offer(bytes);
  EXPECT_EQ(log_.lines.size(), 20u);
  clock_.advance(seconds(1));
  for (int i = 0; i < 1000; ++i) offer(bytes);
  EXPECT_TRUE(said("980 more such lines were not shown"));
  EXPECT_LE(log_.lines.size(), 26u);
}

TEST_F(InboundQueueTest, JudgesSkewByTheArrival) {
  const std::string bytes = signed_by(2, message_saying("x"));
  const WallTime arrival = clock_.now();
  clock_.advance(seconds(3600));
  inbound_->offer(bytes, arrival);  // it has waited in a socket that we were slow to drain
  inbound_->verify(1);
  EXPECT_EQ(taken(), "x ");
}

TEST_F(InboundQueueTest, TakesAMessageOnce) {
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(bytes);
  offer(bytes);  // before the first was verified
  inbound_->verify(100);
  offer(bytes);  // and after
  inbound_->verify(100);
  EXPECT_EQ(taken(), "x ");
}

// It is hashed and looked up only when its turn comes.
TEST_F(InboundQueueTest, TakesALargeMessageOnce) {
  const std::string bytes = signed_by(2, message_saying(std::string(100'000, 'x')));
  offer(bytes);
  offer(bytes);
  inbound_->verify(1);
  offer(bytes);
  inbound_->verify(100);
  EXPECT_TRUE(inbound_->take());
  EXPECT_FALSE(inbound_->take());
  EXPECT_EQ(inbound_->refused(), 2u);
}

TEST_F(InboundQueueTest, DoesNotLetAForgerySpoilTheRealMessage) {
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(test::forged(bytes));
  inbound_->verify(1);
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "x ");
}

// A copy that waits in the backlog must not outlive the guard's memory of the first.
TEST_F(InboundQueueTest, KnowsARepeatThatWaitedLong) {
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(bytes);
  inbound_->verify(1);
  offer(bytes);
  EXPECT_EQ(inbound_->queued(), 1u);  // the repeat was refused on arrival
  clock_.advance(seconds(10));        // its window is over, so are the entries
  for (int i = 0; i < 100; ++i) {
    Message filler = message_saying("filler" + std::to_string(i));
    filler.time = clock_.now();
    offer(signed_by(3, filler));
  }
  inbound_->verify(1000);
  taken();
  inbound_->offer(bytes, clock_.now() - seconds(10));  // as if stamped then
  inbound_->verify(1);
  EXPECT_EQ(taken(), "");
}

// Accepted messages of a backlog must not expire with the clock: the span of those forgotten would shut out the rest.
TEST_F(InboundQueueTest, TakesABacklogThatIsVerifiedLongAfterItsArrival) {
  const WallTime arrival = clock_.now();
  for (int round = 0; round < 2; ++round) {  // and the copies of all of it
    for (int i = 0; i < 100; ++i) {
      Message message = message_saying("x");
      message.time = arrival - std::chrono::milliseconds(i);  // each a little older than the one before
      offer(signed_by(2, message));
    }
  }
  int taken_in_all = 0;
  for (int i = 0; i < 200; ++i) {
    clock_.advance(seconds(10));
    inbound_->verify(1);
    taken_in_all += !taken().empty();
  }
  EXPECT_EQ(taken_in_all, 100);
}

TEST_F(InboundQueueTest, IsNotReopenedByAClockThatIsSteppedBack) {
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(bytes);
  inbound_->verify(1);
  clock_.advance(seconds(100));
  for (int i = 0; i < 100; ++i) {  // makes the guard forget what expired
    Message filler = message_saying("filler" + std::to_string(i));
    filler.time = clock_.now();
    offer(signed_by(3, filler));
  }
  inbound_->verify(1000);
  taken();
  clock_.step_wall(-seconds(100));
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(log_.text(),
            "error: refused a message that claims to be from node2: it may be a replay: messages from "
            "that time are no longer recorded (was the local clock set back?)\n");
}

// Within allow_skew: messages were accepted all the while.
TEST_F(InboundQueueTest, RefusesNothingAfterAClockThatWasAheadForAMoment) {
  const auto fillers = [this](WallTime time) {
    for (int i = 0; i < 100; ++i) {
      Message filler = message_saying("filler" + std::to_string(i));
      filler.time = time;
      offer(signed_by(3, filler));
    }
    inbound_->verify(1000);
    taken();
  };
  clock_.step_wall(seconds(4));
  fillers(test::noon());
  clock_.advance(milliseconds(1500));
  fillers(test::noon() + milliseconds(1500));
  clock_.step_wall(-seconds(4));
  fillers(clock_.now());
  Message behind = message_saying("behind");
  behind.time = clock_.now() - milliseconds(4900);
  offer(signed_by(2, behind));
  inbound_->verify(1);
  EXPECT_EQ(taken(), "behind ");
  EXPECT_EQ(log_.text(), "");
}

// The same across restarts with a journal, both while the clock was wrong and after.
TEST_F(InboundQueueTest, HearsAgainAfterAClockThatWasFarAhead) {
  const auto say_now = [this](const char* payload) {
    Message message = message_saying(payload);
    message.time = clock_.now();
    const std::string bytes = signed_by(2, message);
    offer(bytes);
    inbound_->verify(1);
    return bytes;
  };
  make_with_records();
  const std::string first = say_now("first");
  clock_.step_wall(std::chrono::hours(24 * 400));
  const std::string ahead = say_now("ahead");
  EXPECT_EQ(taken(), "first ahead ");
  clock_.advance(seconds(60));
  make_with_records();  // both have expired by that clock
  offer(ahead);
  const std::string later = say_now("later");
  EXPECT_EQ(taken(), "later ");
  clock_.step_wall(-std::chrono::hours(24 * 400));
  say_now("right again");
  EXPECT_EQ(taken(), "right again ");
  make_with_records();
  say_now("after a restart");
  offer(first);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "after a restart ");
  clock_.step_wall(std::chrono::hours(24 * 400));  // wrong again: what came then is still known
  inbound_->offer(later, clock_.now());
  inbound_->offer(ahead, clock_.now() - seconds(60));
  inbound_->verify(10);
  EXPECT_EQ(taken(), "");
}

TEST_F(InboundQueueTest, ExplainsThatAClockAheadHasShutOutCurrentMessagesAndUntilWhen) {
  journal_.records.push_back({Digest{}, test::noon() + std::chrono::hours(24), PublicKey{}});  // and all before it
  make_with_records();
  offer(signed_by(2, message_saying("x")));
  EXPECT_TRUE(
      said("error: this lasts until 2023-11-15T22:13:25.000000Z; if the clock is correct now, stop this listener "
           "and remove /state/guard"));
}

TEST_F(InboundQueueTest, RefusesWhatADamagedRecordMayHaveBeen) {
  journal_.unreadable = 2;
  journal_.written = test::noon() + seconds(1);
  clock_.advance(seconds(2));
  make_with_records();
  EXPECT_TRUE(
      said("error: /state/guard: 2 damaged records; messages sent before 2023-11-14T22:13:21.020000Z are refused, "
           "so that none is accepted twice"));
  offer(signed_by(2, message_saying("may be it")));
  Message later = message_saying("later");
  later.time = clock_.now();
  offer(signed_by(2, later));
  inbound_->verify(2);
  EXPECT_EQ(taken(), "later ");
  make_with_records();  // nor after one more restart
  offer(signed_by(2, message_saying("may be it")));
  inbound_->verify(2);
  EXPECT_EQ(taken(), "");
}

TEST_F(InboundQueueTest, RefusesNothingThatWasSentAfterADamagedRecordWasRead) {
  journal_.unreadable = 1;
  journal_.written = test::noon() - std::chrono::milliseconds(1);
  make_with_records();
  clock_.advance(std::chrono::milliseconds(2));
  Message later = message_saying("sent after the start");
  later.time = clock_.now();
  offer(signed_by(2, later));
  inbound_->verify(1);
  EXPECT_EQ(taken(), "sent after the start ");
}

TEST_F(InboundQueueTest, TakesIntoAccountThatAClockIsAheadWhenARecordIsDamaged) {
  journal_.records.push_back({keys::sha256("x"), test::noon() + seconds(3), test::key_of(2).public_key()});
  journal_.unreadable = 1;
  journal_.written = test::noon();
  make_with_records();
  Message ahead = message_saying("ahead");
  ahead.time = clock_.now() + seconds(3);
  offer(signed_by(2, ahead));
  inbound_->verify(1);
  EXPECT_EQ(taken(), "");
}

TEST_F(InboundQueueTest, DoesNotLetAForgedFloodDelayOtherPeers) {
  const std::string forged = test::forged(signed_by(2, message_saying("forged")));
  for (int i = 0; i < 500; ++i) offer(forged);
  offer(signed_by(3, message_saying("honest")));
  inbound_->verify(1);  // the first forgery tells
  inbound_->verify(2);
  EXPECT_EQ(taken(), "honest ");
  EXPECT_GT(inbound_->queued(), 490u);
}

TEST_F(InboundQueueTest, BoundsWhatWaitsUnverifiedAndNamesThePeer) {
  const std::string bytes = signed_by(2, message_saying("0"));
  make({.waiting = {.total = 100 * cost(bytes), .per_key = 3 * cost(bytes)}, .ready = {}, .guard = {}});
  for (int i = 0; i < 10; ++i) offer(signed_by(2, message_saying(std::to_string(i))));
  offer(signed_by(3, message_saying("other")));
  inbound_->verify(100);
  EXPECT_EQ(inbound_->refused() + 4, 11u);
  EXPECT_EQ(inbound_->overflowed(), 0u);  // unverified messages do not count as good
  EXPECT_EQ(taken(), "0 1 2 other ");
  EXPECT_TRUE(
      said("error: refused a message that claims to be from node2: too many messages wait for their signature check"));
  EXPECT_FALSE(said("node3"));
}

TEST_F(InboundQueueTest, LosesNoMessageOfAPeerToForgeriesUnderAllOtherKeys) {
  const std::string bytes = signed_by(4, message_saying("00"));
  make({.waiting = {.total = 40 * cost(bytes), .per_key = 12 * cost(bytes)}, .ready = {}, .guard = {}});
  std::string expected;
  for (int i = 10; i < 40; ++i) {
    for (std::uint8_t key = 1; key <= 3; ++key) {
      for (int n = 0; n < 20; ++n) offer(test::forged(signed_by(key, message_saying("forged " + std::to_string(n)))));
    }
    offer(signed_by(4, message_saying(std::to_string(i))));
    expected += std::to_string(i) + " ";
    inbound_->verify(4);
  }
  inbound_->verify(1000);
  EXPECT_EQ(taken(), expected);
  EXPECT_EQ(inbound_->overflowed(), 0u);
  EXPECT_GT(inbound_->refused(), 1000u);
  EXPECT_FALSE(said("node4"));
}

TEST_F(InboundQueueTest, BoundsWhatIsReadyAndNamesThePeer) {
  const std::string bytes = signed_by(2, message_saying("0"));
  make({.waiting = {}, .ready = {.total = 100 * cost(bytes), .per_key = 3 * cost(bytes)}, .guard = {}});
  for (int i = 0; i < 10; ++i) offer(signed_by(2, message_saying(std::to_string(i))));
  offer(signed_by(3, message_saying("other")));
  inbound_->verify(100);
  EXPECT_GE(inbound_->overflowed(), 6u);
  const std::string all = taken();
  EXPECT_EQ(all.substr(0, 6), "0 1 2 ");
  EXPECT_EQ(all.substr(all.size() - 6), "other ");
  EXPECT_TRUE(said("error: refused a message from node2: too many are queued"));
  offer(signed_by(2, message_saying("later")));  // taken messages make room
  inbound_->verify(1);
  EXPECT_EQ(taken(), "later ");
}

// A message that a bound refused was never accepted: the sender may send it again.
TEST_F(InboundQueueTest, TakesAgainWhatABoundHadRefused) {
  const std::string bytes = signed_by(2, message_saying("0"));
  make({.waiting = {}, .ready = {.total = 100 * cost(bytes), .per_key = cost(bytes)}, .guard = {}});
  const std::string second = signed_by(2, message_saying("1"));
  offer(bytes);
  offer(second);
  inbound_->verify(100);
  EXPECT_EQ(taken(), "0 ");
  offer(second);
  inbound_->verify(100);
  EXPECT_EQ(taken(), "1 ");
}

TEST_F(InboundQueueTest, BoundsTheReplayGuardPerPeer) {
  make({.waiting = {}, .ready = {}, .guard = {.total = 100, .per_peer = 2}});
  for (int i = 0; i < 3; ++i) offer(signed_by(2, message_saying(std::to_string(i))));
  offer(signed_by(3, message_saying("other")));
  inbound_->verify(100);
  EXPECT_EQ(taken(), "0 1 other ");
  EXPECT_TRUE(said("error: refused a message from node2: its share of the replay guard is full"));
  EXPECT_EQ(inbound_->overflowed(), 1u);
}

TEST_F(InboundQueueTest, TakesLessWhereThereIsLittleMemory) {
  const InboundQueue::Limits usual, much = InboundQueue::Limits::within(std::size_t{64} << 30);
  EXPECT_EQ(much.waiting.total, usual.waiting.total);
  EXPECT_EQ(much.guard.total, usual.guard.total);
  const InboundQueue::Limits little = InboundQueue::Limits::within(std::size_t{96} << 20);
  EXPECT_EQ(little.waiting.total, std::size_t{16} << 20);
  EXPECT_EQ(little.waiting.per_key, std::size_t{16} << 20);
  EXPECT_EQ(little.ready.total, std::size_t{16} << 20);
  EXPECT_EQ(little.ready.per_key, std::size_t{8} << 20);
  EXPECT_EQ(little.guard.total, 98'304u);
  EXPECT_EQ(little.guard.per_peer, 24'576u);
}

// ---- fairness

TEST_F(InboundQueueTest, HandsOutAFewInTheOrderOfArrivalWhateverTheirSender) {
  for (int i = 0; i < 9; ++i) offer(signed_by(static_cast<std::uint8_t>(2 + i % 3), message_saying(std::to_string(i))));
  inbound_->verify(100);
  EXPECT_EQ(taken(), "0 1 2 3 4 5 6 7 8 ");
}

TEST_F(InboundQueueTest, DoesNotLetOneKeysLongQueueDelayOthers) {
  for (int i = 0; i < 200; ++i) offer(signed_by(2, message_saying(std::to_string(i))));
  inbound_->verify(200);
  EXPECT_EQ(inbound_->take()->payload(), "0");
  offer(signed_by(3, message_saying("a")));
  offer(signed_by(3, message_saying("b")));
  inbound_->verify(2);
  std::string order;
  for (int i = 0; i < 5; ++i) order += std::string(inbound_->take()->payload()) + " ";
  EXPECT_TRUE(order == "1 a 2 b 3 " || order == "a 1 b 2 3 ") << order;
  EXPECT_EQ(taken().substr(0, 8), "4 5 6 7 ");
}

TEST_F(InboundQueueTest, DoesNotLetSeveralPeersTakeAnothersRoomInTheQueueAndTheGuard) {
  const std::size_t one = cost(signed_by(2, message_saying("0")));
  make({.waiting = {}, .ready = {.total = 80 * one, .per_key = 40 * one}, .guard = {.total = 80, .per_peer = 40}});
  for (int i = 0; i < 60; ++i) {
    for (std::uint8_t key = 1; key <= 3; ++key) offer(signed_by(key, message_saying("x")));
  }
  inbound_->verify(1000);
  std::string expected;
  for (int i = 0; i < 9; ++i) {
    offer(signed_by(4, message_saying(std::to_string(i))));
    expected += std::to_string(i) + " ";
  }
  inbound_->verify(1000);
  std::string four;
  while (const auto message = inbound_->take()) {
    if (message->sender().destination == "node4") four += std::string(message->payload()) + " ";
  }
  EXPECT_EQ(four, expected);
}

// ---- peers that change

TEST_F(InboundQueueTest, RefusesWhatIsQueuedUnderAKeyThatWasRemoved) {
  make_with_records();
  offer(signed_by(2, message_saying("ready")));
  offer(signed_by(3, message_saying("other")));
  inbound_->verify(2);
  offer(signed_by(2, message_saying("unverified")));
  inbound_->set_peers(test::parsed(test::config_text({3})).peers);  // that config is gone by the next line
  offer(signed_by(2, message_saying("new")));
  inbound_->verify(10);
  EXPECT_EQ(taken(), "other ");
  EXPECT_EQ(log_.count("error: refused a message from node2: its key was removed from the config while it waited"), 2u);
  EXPECT_EQ(inbound_->refused(), 3u);
  EXPECT_EQ(inbound_->overflowed(), 0u);
  EXPECT_EQ(audit_.refusals, std::vector<RefusalCode>(3, RefusalCode::kPeer));
  EXPECT_EQ(inbound_->queued(), 0u);
}

TEST_F(InboundQueueTest, RefusesWhatIsQueuedUnderAVerbThatItsPeerHasLost) {
  offer(signed_by(2, message_saying("a")));
  Message deploy = message_saying("b");
  deploy.verb = "deploy";
  offer(signed_by(2, deploy));
  inbound_->verify(1);
  std::string text = test::config_text({2});
  text.replace(text.rfind("[*]"), 3, "[deploy]");
  inbound_->set_peers(test::parsed(text).peers);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "b ");
  EXPECT_TRUE(said("error: refused a message from node2: its peer may no longer use the verb"));
}

TEST_F(InboundQueueTest, TakesMessagesOfAPeerThatWasAdded) {
  const std::string bytes = signed_by(9, message_saying("x"));
  offer(bytes);
  inbound_->set_peers(test::parsed(test::config_text({2, 9})).peers);
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "x ");
}

TEST_F(InboundQueueTest, RemembersWhatItHasSeenAcrossAChangeOfPeers) {
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "x ");
  inbound_->set_peers(test::parsed(test::config_text({3})).peers);
  inbound_->set_peers(test::parsed(test::config_text({4, 3, 2})).peers);  // removed and put back
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "");
}

TEST_F(InboundQueueTest, KeepsAPeersShareAcrossAChangeOfPeers) {
  const std::string bytes = signed_by(2, message_saying("0"));
  make({.waiting = {}, .ready = {.total = 100 * cost(bytes), .per_key = 3 * cost(bytes)}, .guard = {}});
  for (int i = 0; i < 3; ++i) offer(signed_by(2, message_saying(std::to_string(i))));
  inbound_->verify(3);
  inbound_->set_peers(test::parsed(test::config_text({3, 2})).peers);
  offer(signed_by(2, message_saying("surplus")));
  inbound_->verify(1);
  EXPECT_EQ(inbound_->overflowed(), 1u);
  EXPECT_EQ(taken(), "0 1 2 ");
  offer(signed_by(2, message_saying("later")));
  inbound_->verify(1);
  EXPECT_EQ(taken(), "later ");
}

// ---- persistent records

TEST_F(InboundQueueTest, KnowsAfterARestartWhatItHadAccepted) {
  make_with_records();
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "x ");
  make_with_records();
  offer(bytes);
  offer(signed_by(2, message_saying("y")));
  inbound_->verify(10);
  EXPECT_EQ(taken(), "y ");
}

TEST_F(InboundQueueTest, KeepsAMessageBeforeItHandsItOut) {
  make_with_records();
  offer(signed_by(2, message_saying("x")));
  EXPECT_TRUE(journal_.records.empty());
  inbound_->verify(1);
  EXPECT_TRUE(inbound_->has_ready());
  ASSERT_EQ(journal_.records.size(), 1u);
  EXPECT_EQ(journal_.records[0].time, test::noon());
  EXPECT_EQ(journal_.records[0].peer, test::key_of(2).public_key());
}

TEST_F(InboundQueueTest, KeepsNoForgeryAndNoRepeat) {
  make_with_records();
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(test::forged(bytes));
  offer(bytes);
  offer(bytes);
  inbound_->verify(10);
  EXPECT_EQ(journal_.records.size(), 1u);
}

TEST_F(InboundQueueTest, ActsOnNothingThatItCannotKeep) {
  make_with_records();
  journal_.full = true;
  offer(signed_by(2, message_saying("x")));
  inbound_->verify(1);
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(inbound_->overflowed(), 1u);
  EXPECT_TRUE(said("error: no space left; the message was not acted on"));
}

// What had expired at the restart is no longer listed one by one: nothing as old may pass, whatever the clock does
// next.
TEST_F(InboundQueueTest, LetsNothingPassAfterARestartThatHadExpiredBefore) {
  make_with_records();
  const std::string bytes = signed_by(2, message_saying("x"));
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "x ");
  clock_.advance(seconds(60));
  make_with_records();
  clock_.step_wall(-seconds(60));
  offer(bytes);
  offer(signed_by(2, message_saying("as old")));
  inbound_->verify(10);
  EXPECT_EQ(taken(), "");
  make_with_records();  // nor after one more
  offer(bytes);
  inbound_->verify(10);
  EXPECT_EQ(taken(), "");
}

// A peer whose line is taken out and put back again must not be open to a replay.
TEST_F(InboundQueueTest, KeepsRecordsOfPeersThatAreNotConfiguredNow) {
  const std::string bytes = signed_by(9, message_saying("x"));
  const Config with_nine = test::parsed(test::config_text({2, 9}));
  make_with_records();
  inbound_->set_peers(with_nine.peers);
  offer(bytes);
  inbound_->verify(1);
  EXPECT_EQ(taken(), "x ");
  make_with_records();
  EXPECT_EQ(journal_.records.size(), 1u);
  inbound_->set_peers(with_nine.peers);
  offer(bytes);
  offer(signed_by(9, message_saying("y")));
  inbound_->verify(10);
  EXPECT_EQ(taken(), "y ");
}

TEST_F(InboundQueueTest, ShortensAJournalThatHasGrownLong) {
  make_with_records();
  const std::size_t at_start = journal_.rewrites;
  journal_.long_from = 10;
  for (int i = 0; i < 30; ++i) offer(signed_by(2, message_saying(std::to_string(i))));
  inbound_->verify(10);
  EXPECT_EQ(journal_.rewrites, at_start + 1);
  EXPECT_EQ(journal_.records.size(), 10u);  // no record that is still needed was lost
  make_with_records();
  offer(signed_by(2, message_saying("3")));
  inbound_->verify(10);
  EXPECT_EQ(taken(), "");
}

TEST_F(InboundQueueTest, TriesToShortenAJournalAgainAfterAWhileNotForEveryMessage) {
  make_with_records();
  journal_.long_from = 1;
  journal_.no_room_to_rewrite = true;
  for (int i = 0; i < 30; ++i) offer(signed_by(2, message_saying(std::to_string(i))));
  inbound_->verify(30);
  EXPECT_EQ(journal_.failed_rewrites, 1u);
  EXPECT_EQ(journal_.records.size(), 30u);  // and each message was recorded
  clock_.advance(std::chrono::minutes(2));
  Message late = message_saying("late");
  late.time = clock_.now();
  offer(signed_by(2, late));
  inbound_->verify(1);
  EXPECT_EQ(journal_.failed_rewrites, 2u);
}

TEST_F(InboundQueueTest, HandsOutNothingThatTheAuditCouldNotRecord) {
  make_with_records();
  offer(signed_by(2, message_saying("a")));
  inbound_->verify(1);
  audit_.full = true;
  EXPECT_FALSE(inbound_->take());
  EXPECT_TRUE(said("error: refused a message from node2: it could not be recorded in the audit, and was not acted on"));
  EXPECT_EQ(inbound_->overflowed(), 1u);
  audit_.full = false;
  offer(signed_by(2, message_saying("b")));
  inbound_->verify(1);
  EXPECT_EQ(taken(), "b ");
}

TEST_F(InboundQueueTest, TellsTheAuditOfEveryRefusal) {
  make_with_records({.waiting = {}, .ready = {}, .guard = {.total = 100, .per_peer = 1}});
  Message late = message_saying("late");
  late.time = clock_.now() - seconds(60);
  offer("noise");
  offer(signed_by(9, message_saying("stranger")));
  offer(signed_by(2, late));
  offer(test::forged(signed_by(2, message_saying("forged"))));
  offer(signed_by(2, message_saying("a")));
  offer(signed_by(2, message_saying("b")));
  inbound_->verify(100);
  EXPECT_EQ(audit_.refusals, (std::vector<RefusalCode>{RefusalCode::kFormat, RefusalCode::kPeer, RefusalCode::kSkew,
                                                       RefusalCode::kSignature, RefusalCode::kCapacity}));
}

// Large messages take long to verify: fewer of them at a time.
TEST_F(InboundQueueTest, BoundsWhatOneRoundVerifiesByBytesToo) {
  const std::string half(InboundQueue::kVerifiedBytes / 2, 'x');
  for (int i = 0; i < 5; ++i) offer(signed_by(2, message_saying(half + std::to_string(i))));
  EXPECT_EQ(inbound_->unverified(), 5u);
  inbound_->verify(100);
  EXPECT_EQ(inbound_->unverified(), 3u);
  inbound_->verify(100);
  inbound_->verify(100);
  EXPECT_EQ(inbound_->unverified(), 0u);
}

}  // namespace
}  // namespace remaphore
