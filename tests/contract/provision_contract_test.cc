// Provisioning a fleet's streams, tested against the fake JetStream and a real server alike.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "contract/in_memory_world.h"
#include "contract/nats_world.h"
#include "fleet/provisioner.h"
#include "fleet/retention.h"

namespace remaphore::test {
namespace {

using fleet::Provisioner;
using Texts = std::vector<std::string>;

std::vector<jetstream::StreamConfig> streams_for(Duration age, std::vector<std::string> subjects = {}) {
  return fleet::streams_of("remaphore", {age, std::int64_t{64} << 20, std::move(subjects)}, 1);
}

constexpr const char* kMessages = "REMAPHORE: keeps remaphore.all for 24h, at most 64 MiB";
constexpr const char* kLocks = "REMAPHORE_LOCKS: keeps remaphore.lock.> for 10m";

template <class World>
class ProvisionContractTest : public testing::Test {
 protected:
  // Provisions until it is done or has failed.
  Texts provision(std::vector<jetstream::StreamConfig> streams) {
    buses_.push_back(world_.make_bus(Login::kFree));
    provisioner_ = std::make_unique<Provisioner>(*buses_.back(), world_.clock(), std::move(streams));
    provisioner_->begin();
    while (true) {
      provisioner_->turn();
      if (provisioner_->done() || provisioner_->failure()) return provisioner_->report();
      if (!world_.wait()) break;
    }
    ADD_FAILURE() << "nothing more happens: " << provisioner_->wait_reason();
    return {};
  }
  std::string failure() const { return provisioner_->failure() ? provisioner_->failure()->message : "none"; }

  World world_;
  std::vector<std::unique_ptr<Bus>> buses_;  // the world waits for all of them
  std::unique_ptr<Provisioner> provisioner_;
};

using Worlds = testing::Types<InMemoryWorld, NatsWorld>;
TYPED_TEST_SUITE(ProvisionContractTest, Worlds);

TYPED_TEST(ProvisionContractTest, MakesBothStreamsOnce) {
  EXPECT_EQ(this->provision(streams_for(std::chrono::hours(24))),
            (Texts{"REMAPHORE: created; keeps remaphore.all for 24h, at most 64 MiB",
                   "REMAPHORE_LOCKS: created; keeps remaphore.lock.> for 10m"}));
  EXPECT_TRUE(this->provisioner_->changed());
  EXPECT_EQ(this->provision(streams_for(std::chrono::hours(24))), (Texts{kMessages, kLocks}));
  EXPECT_FALSE(this->provisioner_->changed());
}

TYPED_TEST(ProvisionContractTest, ChangesWhatTheFleetSaysAndSaysWhat) {
  this->provision(streams_for(std::chrono::hours(2)));
  EXPECT_EQ(this->provision(streams_for(std::chrono::hours(24), {"night"})),
            (Texts{"REMAPHORE: changed subjects from remaphore.all to remaphore.all,remaphore.night",
                   "REMAPHORE: changed max_age from 2h to 24h",
                   "REMAPHORE: keeps remaphore.all,remaphore.night for 24h, at most 64 MiB", kLocks}));
  EXPECT_TRUE(this->provisioner_->changed());
}

TYPED_TEST(ProvisionContractTest, LeavesWhatTheFleetDoesNotSay) {
  std::vector<jetstream::StreamConfig> bounded = streams_for(std::chrono::hours(1));
  bounded[0].max_messages = 1000;
  this->provision(bounded);
  EXPECT_EQ(this->provision(streams_for(std::chrono::hours(24))),
            (Texts{"REMAPHORE: changed max_age from 1h to 24h", kMessages,
                   "REMAPHORE: left as it is, as the fleet does not define it: max_msgs is 1000", kLocks}));
}

TYPED_TEST(ProvisionContractTest, ProtectsAStreamThatWasNotProtected) {
  std::vector<jetstream::StreamConfig> open = streams_for(std::chrono::hours(24));
  open[1].deny_delete = open[1].deny_purge = false;
  this->provision(open);
  EXPECT_EQ(this->provision(streams_for(std::chrono::hours(24))),
            (Texts{kMessages, "REMAPHORE_LOCKS: changed deny_delete from no to yes",
                   "REMAPHORE_LOCKS: changed deny_purge from no to yes", kLocks}));
}

TYPED_TEST(ProvisionContractTest, OnlyFindsOutThatAServerAnswersIfNothingIsKept) {
  EXPECT_EQ(this->provision({}), Texts{});
  EXPECT_TRUE(this->provisioner_->done());
  EXPECT_FALSE(this->provisioner_->changed());
}

TYPED_TEST(ProvisionContractTest, FailsIfTheCredentialsAreRefused) {
  auto bus = this->world_.make_bus(Login::kWrong);
  Provisioner provisioner(*bus, this->world_.clock(), streams_for(std::chrono::hours(1)));
  provisioner.begin();
  while (!provisioner.failure()) {
    provisioner.turn();
    if (!provisioner.failure() && !this->world_.wait()) break;
  }
  EXPECT_TRUE(provisioner.failure());
  EXPECT_FALSE(provisioner.done());
}

TYPED_TEST(ProvisionContractTest, FailsIfItMayNotAsk) {
  auto bus = this->world_.make_bus(Login::kBound);
  Provisioner provisioner(*bus, this->world_.clock(), streams_for(std::chrono::hours(1)));
  provisioner.begin();
  do {
    provisioner.turn();
  } while (!provisioner.failure() && this->world_.wait());
  ASSERT_TRUE(provisioner.failure());
  EXPECT_NE(provisioner.failure()->message.find("$JS.API.STREAM.INFO.REMAPHORE"), std::string::npos)
      << provisioner.failure()->message;
}

// Behaviour that a real server shows only when it is in trouble.
class ProvisionerTest : public testing::Test {
 protected:
  ProvisionerTest() {
    bus_.set_inbox_prefix("_INBOX.U");
    provisioner_.begin();
  }
  void pass(Duration time) {
    clock_.advance(time);
    provisioner_.turn();
    provisioner_.turn();  // for the answer to what it has just asked
  }
  void answer(std::string text) {
    jetstream_.lie = [text = std::move(text)](const jetstream::Request&) { return text; };
  }
  static std::string error(int code) {
    return R"({"error":{"code":503,"err_code":)" + std::to_string(code) + R"(,"description":"why"}})";
  }

  FakeClock clock_;
  InMemoryBroker broker_;
  FakeJetStream jetstream_{broker_, clock_};
  InMemoryBus bus_{broker_, clock_};
  Provisioner provisioner_{bus_, clock_, streams_for(std::chrono::hours(1))};
};

TEST_F(ProvisionerTest, AsksAgainUntilTheClusterHasALeader) {
  for (const int code : {10008, 10005, 10039}) {
    answer(error(code));
    pass(Provisioner::kAskAgain);
    EXPECT_FALSE(provisioner_.done() || provisioner_.failure()) << code;
    EXPECT_NE(provisioner_.wait_reason().find("why"), std::string::npos);
    EXPECT_EQ(*provisioner_.wake_at(), clock_.monotonic() + Provisioner::kAskAgain);
  }
  jetstream_.lie = nullptr;
  pass(Provisioner::kAskAgain);
  EXPECT_TRUE(provisioner_.done());
}

TEST_F(ProvisionerTest, AsksAgainIfTheServerIsSilent) {
  jetstream_.silent = true;
  pass(Duration(0));
  EXPECT_EQ(*provisioner_.wake_at(), clock_.monotonic() + Provisioner::kNoAnswer);
  pass(Provisioner::kNoAnswer);
  EXPECT_NE(provisioner_.wait_reason().find("may be off"), std::string::npos) << provisioner_.wait_reason();
  jetstream_.silent = false;
  pass(Provisioner::kNoAnswer);
  EXPECT_TRUE(provisioner_.done());
}

TEST_F(ProvisionerTest, AsksAgainIfJetStreamIsOff) {
  jetstream_.on = false;
  pass(Duration(0));
  EXPECT_NE(provisioner_.wait_reason().find("JetStream is off"), std::string::npos) << provisioner_.wait_reason();
  jetstream_.on = true;
  pass(Provisioner::kAskAgain);
  EXPECT_TRUE(provisioner_.done());
}

TEST_F(ProvisionerTest, GoesOnAfterALostLink) {
  jetstream_.silent = true;
  pass(Duration(0));
  jetstream_.silent = false;
  bus_.lose("gone");
  pass(Duration(0));
  EXPECT_TRUE(provisioner_.done());
}

TEST_F(ProvisionerTest, FailsIfAnUpdateChangesNothing) {
  answer(R"({"config":{"name":"REMAPHORE","subjects":["remaphore.all"],"retention":"limits","storage":"file"}})");
  pass(Duration(0));
  ASSERT_TRUE(provisioner_.failure());
  EXPECT_TRUE(provisioner_.failure()->message.starts_with("the server does not change the stream REMAPHORE: discard"))
      << provisioner_.failure()->message;
}

TEST_F(ProvisionerTest, RefusesAStreamThatNoUpdateCanMend) {
  std::vector<jetstream::StreamConfig> in_memory = streams_for(std::chrono::hours(1));
  in_memory[0].file_storage = false;
  jetstream_.add(in_memory[0]);
  pass(Duration(0));
  ASSERT_TRUE(provisioner_.failure());
  EXPECT_EQ(provisioner_.failure()->message,
            "the stream REMAPHORE cannot be used: its storage is memory, not file, which no update changes; delete it, "
            "then run remaphore-fleet provision again");
}

TEST_F(ProvisionerTest, FailsAtARefusalAndAtWhatIsNoAnswer) {
  answer(error(10047));
  pass(Duration(0));
  EXPECT_EQ(provisioner_.failure()->message, "the server refuses the stream REMAPHORE: \"why\" (error 10047)");
  Provisioner other(bus_, clock_, streams_for(std::chrono::hours(1)));
  answer("+OK");
  other.begin();
  other.turn();
  ASSERT_TRUE(other.failure());
  EXPECT_EQ(other.failure()->message, "no answer from JetStream: \"+OK\"");
}

}  // namespace
}  // namespace remaphore::test
