#include "app/lock_survey.h"

#include "app/lock_break.h"
#include "app/lock_codec.h"
#include "core/lock_key.h"
#include "support/app_fixture.h"
#include "support/fake_jetstream.h"

namespace remaphore::test {
namespace {

using State = LockEntry::State;

class LockSurveyTest : public AppTest {
 protected:
  void SetUp() override {
    jetstream::StreamConfig config;
    config.name = "REMAPHORE_LOCKS";
    config.subjects = {"remaphore.lock.>"};
    config.max_messages_per_subject = 1;
    stream_ = &streams_.add(config);
  }

  static LockEntry entry_of(State state, std::uint64_t ticket) {
    LockEntry entry;
    entry.state = state;
    entry.ticket = ticket;
    entry.fence = 7;
    entry.who = "node1";
    return entry;
  }
  void put(const std::string& name, const LockEntry& entry) { put(name, lock_key::random_id(), entry); }
  void put(const std::string& name, const std::string& id, const LockEntry& entry) {
    put(name, id, codec_.encode(entry, name, id, config_.identities[0]));
  }
  void put(const std::string& name, const std::string& id, const std::string& bytes) {
    const std::string headers = "NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 0\r\n\r\n";
    stream_->take({.subject = codec_.subject_of(name, id), .data = bytes, .headers = headers}, clock_.now());
  }
  Result<LockSurvey> look(const std::string& name = {}) {
    return survey_locks(name, config_, {bus_, clock_, poller_, log_}, std::chrono::seconds(5));
  }
  std::string shown(const std::string& name = {}) {
    const auto survey = look(name);
    if (!survey) return survey.error().message;
    std::string all;
    for (const LockRow& row : survey->rows) {
      all += row.name + "/" + std::to_string(row.ticket) + (row.entry.state == State::kHeld ? " held" : " waits") + " ";
    }
    return all;
  }

  FakeJetStream streams_{broker_, clock_};
  FakeStream* stream_ = nullptr;
  const LockCodec codec_{config_, nullptr, clock_};
};

TEST_F(LockSurveyTest, ShowsTheHoldersThenTheWaitersInOrder) {
  put("b", entry_of(State::kWait, 9));
  put("b", entry_of(State::kWait, 8));
  put("b", entry_of(State::kHeld, 11));
  put("a", entry_of(State::kHeld, 3));
  put("b", entry_of(State::kGone, 2));
  EXPECT_EQ(shown(), "a/3 held b/11 held b/8 waits b/9 waits ");
  EXPECT_EQ(shown("a"), "a/3 held ");
  EXPECT_EQ(shown("c"), "");
}

TEST_F(LockSurveyTest, CountsWhatDoesNotVerify) {
  put("a", lock_key::random_id(), "garbage");
  const auto survey = look();
  ASSERT_TRUE(survey);
  EXPECT_TRUE(survey->rows.empty());
  EXPECT_EQ(survey->unverified, 1u);
}

TEST_F(LockSurveyTest, WithoutAStreamItSaysHowToMakeOne) {
  streams_.remove_streams();
  EXPECT_NE(shown().find("remaphore-fleet provision DIR"), std::string::npos);
}

class LockBreakTest : public LockSurveyTest {
 protected:
  LockRow row() {
    auto survey = look();
    EXPECT_TRUE(survey && survey->rows.size() == 1);
    return std::move(survey->rows.at(0));
  }
  Result<void> break_it(const LockRow& row, Duration timeout = std::chrono::seconds(60)) {
    return break_lock(row, config_.identities[0], config_, {bus_, clock_, poller_, log_}, timeout);
  }
  // The owner writes its entry again after this time.
  void write_again(const std::string& id, State state, Duration after) {
    poller_.after(after, [this, id, state] { put("a", id, entry_of(state, 3)); });
  }

  const std::string id_ = lock_key::random_id();
};

TEST_F(LockBreakTest, ABrokenEntryIsGone) {
  put("a", entry_of(State::kHeld, 3));
  const LockRow broken = row();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_TRUE(break_it(broken));
  EXPECT_EQ(clock_.monotonic() - start, std::chrono::seconds(2)) << "the holder's time to react";
  EXPECT_EQ(shown(), "");
  const auto again = break_it(broken);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kRuntime);
}

TEST_F(LockBreakTest, AWaiterThatHoldsNowIsNotBroken) {
  put("a", id_, entry_of(State::kWait, 3));
  const LockRow waiter = row();
  put("a", id_, entry_of(State::kHeld, 3));
  const auto broken = break_it(waiter);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "a/3 holds the lock now; to end its command, run --break again");
  EXPECT_EQ(shown(), "a/3 held ");
}

TEST_F(LockBreakTest, AHolderThatWritesItsEntryAgainHasNotAcceptedIt) {
  put("a", id_, entry_of(State::kHeld, 3));
  write_again(id_, State::kHeld, std::chrono::seconds(1));
  const auto broken = break_it(row());
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Errc::kRuntime);
  EXPECT_EQ(
      broken.error().message,
      "node1 (, pid 0) did not accept the eviction and still holds a, possibly at the same time as the next in line: "
      "its config does not let " +
          config_.identities[0].public_key + " use the verb lock");
}

TEST_F(LockBreakTest, AWaiterHasUntilItsNextRefresh) {
  put("a", id_, entry_of(State::kWait, 3));
  write_again(id_, State::kWait, kDefaultLease / 3);
  const auto broken = break_it(row());
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("still waits for a"), std::string::npos) << broken.error().message;
}

TEST_F(LockBreakTest, ItIsNotKnownIfThereIsNoTimeToWait) {
  put("a", id_, entry_of(State::kHeld, 3));
  const auto broken = break_it(row(), std::chrono::seconds(1));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Errc::kConnection);
  EXPECT_NE(broken.error().message.find("is not known: no answer within 1s"), std::string::npos)
      << broken.error().message;
}

TEST_F(LockBreakTest, GarbageOverAnEvictionIsNoAnswer) {
  put("a", id_, entry_of(State::kHeld, 3));
  poller_.after(std::chrono::seconds(1), [this] { put("a", id_, "garbage"); });
  const auto broken = break_it(row());
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Errc::kConnection);
}

TEST_F(LockBreakTest, AnOwnerThatReleasesMeanwhileIsGone) {
  put("a", id_, entry_of(State::kHeld, 3));
  write_again(id_, State::kGone, std::chrono::seconds(1));
  EXPECT_TRUE(break_it(row()));
}

}  // namespace
}  // namespace remaphore::test
