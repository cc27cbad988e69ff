#include "core/command.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;
using Words = std::vector<std::string>;

class CommandTest : public testing::Test {
 protected:
  CommandTest() : peer_text_(test::public_text(2)), peers_({{"node2", peer_text_, VerbList("*"), 1}}) {}

  VerifiedMessage message(const std::string& payload, const std::string& verb = "ping") const {
    Message one = test::message_saying(payload);
    one.verb = verb;
    one.uuid = Uuid::from_text("payload");
    const ReplayGuard guard(1);
    const Filter filter;
    auto screened = screen_message(test::signed_by(2, one), test::noon(), {peers_, filter, seconds(5), guard});
    return std::move(*verify_message(std::move(*screened)));
  }

  const std::string peer_text_;
  const Peers peers_;
};

// A command can be made only from a verified message or, explicitly, from the user's own words.
static_assert(!std::is_default_constructible_v<Command>);
static_assert(!std::is_constructible_v<Command, Words>);
static_assert(!std::is_constructible_v<Command, Command::Origin, Words>);
static_assert(std::is_invocable_v<decltype(command_for), const VerifiedMessage&, Words, std::optional<std::string>,
                                  PayloadAs, std::optional<ArrivalCount>>);
static_assert(!std::is_invocable_v<decltype(command_for), const UnverifiedMessage&, Words, std::optional<std::string>,
                                   PayloadAs, std::optional<ArrivalCount>>);

TEST_F(CommandTest, OfABarrierGetsTheNumberOfArrivals) {
  const auto command = command_for(message("x"), {"run"}, "node1", PayloadAs::kArgument, ArrivalCount{2, 5});
  ASSERT_TRUE(command);
  const auto& variables = command->environment();
  EXPECT_EQ(Words(variables.end() - 2, variables.end()), (Words{"REMAPHORE_ARRIVED=2", "REMAPHORE_EXPECTED=5"}));
}

TEST_F(CommandTest, OfAMessageGetsVerbAndPayloadAfterItsArguments) {
  const auto command = command_for(message("a b"), {"run", "-x"}, "node1", PayloadAs::kArgument);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->program(), "run");
  EXPECT_EQ(command->arguments(), (Words{"run", "-x", "ping", "a b"}));
  EXPECT_EQ(command->environment(),
            (Words{"REMAPHORE_SENDER=" + peer_text_, "REMAPHORE_PEER=node2", "REMAPHORE_VERB=ping",
                   "REMAPHORE_TIME=1700000000", "REMAPHORE_UUID=7061796c6f6164", "REMAPHORE_MSG=a b",
                   "REMAPHORE_DESTMATCH=node1"}));
  EXPECT_EQ(command->input(), std::nullopt);
  EXPECT_EQ(command->origin(), Command::Origin::kMessage);
}

TEST_F(CommandTest, PassesThePayloadOnStandardInputOnlyIfAsked) {
  const std::string payload("a\0b", 3);
  const auto command = command_for(message(payload), {"run"}, std::nullopt, PayloadAs::kStandardInput);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->arguments(), (Words{"run", "ping"}));
  EXPECT_EQ(command->environment(),
            (Words{"REMAPHORE_SENDER=" + peer_text_, "REMAPHORE_PEER=node2", "REMAPHORE_VERB=ping",
                   "REMAPHORE_TIME=1700000000", "REMAPHORE_UUID=7061796c6f6164"}));
  EXPECT_EQ(command->input(), payload);
}

TEST_F(CommandTest, IsNotMadeOfWhatCannotBePassed) {
  const std::pair<VerifiedMessage, const char*> cases[] = {
      {message(std::string("a\0b", 3)), "the payload contains a NUL"},
      {message("x", std::string("a\0b", 3)), "the verb contains a NUL"},
      {message("x", "-rf"), "the verb starts with - and would look like an option"},
  };
  for (const auto& [one, reason] : cases) {
    const auto refused = command_for(one, {"run"}, std::nullopt, PayloadAs::kArgument);
    ASSERT_FALSE(refused) << reason;
    EXPECT_EQ(refused.error().reason, reason);
    EXPECT_EQ(refused.error().exit_status, 126);
    EXPECT_EQ(refused.error().fault, StartFailure::Fault::kArguments);
  }
}

TEST_F(CommandTest, LocalCommandIsExactlyWhatTheUserTyped) {
  const Command command = local_command({"run", "-x", ""});
  EXPECT_EQ(command.arguments(), (Words{"run", "-x", ""}));
  EXPECT_TRUE(command.environment().empty());
  EXPECT_EQ(command.input(), std::nullopt);
  EXPECT_EQ(command.origin(), Command::Origin::kLocal);
}

}  // namespace
}  // namespace remaphore
