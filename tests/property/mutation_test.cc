// Valid messages and replies, damaged: none is accepted unless it is, byte for byte, one of the valid ones.
// REMAPHORE_MUTANTS says how many mutants are tried; the sequence is the same in every run.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "core/trust.h"
#include "property/mutants.h"
#include "support/test_messages.h"

namespace remaphore::test {
namespace {

constexpr std::size_t kDefaultMutants = 50'000;
constexpr std::size_t kMaxDamage = 3;  // mutations of one mutant
constexpr std::uint8_t kKeys[] = {1, 2, 3};
constexpr Duration kSkew = std::chrono::seconds(5);

std::size_t mutants_wanted() {
  const char* text = std::getenv("REMAPHORE_MUTANTS");
  if (text == nullptr) return kDefaultMutants;
  const std::string_view digits = text;
  std::size_t wanted = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), wanted);
  EXPECT_TRUE(error == std::errc() && end == digits.data() + digits.size())
      << "REMAPHORE_MUTANTS is not a number: " << text;
  EXPECT_GE(wanted, std::size_t{1000}) << "too few to prove anything";
  return wanted;
}

std::vector<std::string> valid_messages() {
  std::vector<std::string> messages;
  const std::string payloads[] = {"", "release", "a,b,,c\nd", std::string("\0\xff\xfe,\x01 1", 7),
                                  std::string(300, 'x')};
  for (const std::uint8_t key : kKeys) {
    for (const std::string& payload : payloads) {
      Message message = message_saying(payload);
      message.reply_wanted = payload.size() % 2 == 0;
      message.time += std::chrono::milliseconds(payload.size());
      if (key == 2) message.destination = "com.crypto.*.us";
      if (key == 3) message.verb = "deploy";
      messages.push_back(signed_by(key, message));
    }
  }
  return messages;
}

// The receiver: every peer may use every verb, every destination is ours.
class Receiver {
 public:
  Receiver() : binding_(Uuid::from_text("the request")) {
    for (const std::uint8_t key : kKeys) texts_.push_back(public_text(key));
    std::vector<Peer> peers;
    for (const std::string& text : texts_) peers.push_back({"node", text, VerbList("*"), 0});
    peers_ = Peers(std::move(peers));
  }

  // Nothing: accepted.
  std::optional<RefusalCode> judge_message(std::string_view bytes) const {
    auto screened = screen_message(bytes, noon(), {peers_, filter_, kSkew, guard_});
    if (!screened) return screened.error().code;
    const auto verified = verify_message(std::move(*screened));
    return verified ? std::nullopt : std::optional(verified.error().code);
  }
  std::optional<RefusalCode> judge_reply(std::string_view bytes) const {
    auto screened = screen_reply(bytes, noon(), {peers_, peers_, binding_, false, kSkew});
    if (!screened) return screened.error().code;
    const auto verified = verify_reply(std::move(*screened));
    return verified ? std::nullopt : std::optional(verified.error().code);
  }

 private:
  std::vector<std::string> texts_;
  Peers peers_;
  Filter filter_;
  ReplayGuard guard_{3};
  Uuid binding_;
};

const char* name_of(RefusalCode code) {
  switch (code) {
    case RefusalCode::kFormat: return "format";
    case RefusalCode::kPeer: return "peer";
    case RefusalCode::kSkew: return "skew";
    case RefusalCode::kSignature: return "signature";
    default: return "another";
  }
}

struct Tally {
  std::map<std::string, std::size_t> refusals;
  std::array<std::size_t, kMutations> used{};
  std::size_t unchanged = 0;
};

template <class Judge>
Tally try_mutants(const std::vector<std::string>& valid, std::size_t count, Judge judge) {
  std::mt19937_64 random(20'231'114);
  const Choose choose = [&random](std::uint64_t bound) { return random() % bound; };
  const std::set<std::string> all(valid.begin(), valid.end());
  Tally tally;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& original = valid[choose(valid.size())];
    std::string mutant = original, story;
    for (std::uint64_t damage = choose(kMaxDamage) + 1; damage > 0; --damage) {
      const auto mutation = static_cast<Mutation>(choose(kMutations));
      ++tally.used[static_cast<std::size_t>(mutation)];
      mutant = mutate(mutant, valid[choose(valid.size())], mutation, choose);
      story += std::string(story.empty() ? "" : ", ") + name_of(mutation);
    }
    const std::optional<RefusalCode> refused = judge(mutant);
    if (all.count(mutant) > 0) {
      ++tally.unchanged;
      EXPECT_FALSE(refused) << "a valid message is refused: " << mutant;
    } else if (refused) {
      ++tally.refusals[name_of(*refused)];
    } else {
      ADD_FAILURE() << "accepted after: " << story << "\n  " << original << "\n  " << mutant;
    }
  }
  return tally;
}

void expect_a_fair_trial(const Tally& tally, std::size_t count) {
  for (std::size_t i = 0; i < kMutations; ++i) {
    EXPECT_GT(tally.used[i], count / 20) << "hardly tried: " << name_of(static_cast<Mutation>(i));
  }
  EXPECT_GT(tally.unchanged, std::size_t{0}) << "nothing was ever accepted";
  std::string line = fmt::format("{} mutants: {} unchanged", count, tally.unchanged);
  for (const auto& [verdict, number] : tally.refusals) line += fmt::format(", {} {}", number, verdict);
  fmt::print("{}\n", line);
  for (const char* verdict : {"format", "peer", "signature"}) {
    const auto found = tally.refusals.find(verdict);
    EXPECT_GT(found == tally.refusals.end() ? 0 : found->second, count / 10) << "hardly ever refused for " << verdict;
  }
  EXPECT_EQ(tally.refusals.count("another"), 0u);
}

TEST(SignatureMutationTest, NoDamagedMessageIsAccepted) {
  const Receiver receiver;
  const std::size_t count = mutants_wanted();
  expect_a_fair_trial(
      try_mutants(valid_messages(), count, [&](const std::string& bytes) { return receiver.judge_message(bytes); }),
      count);
}

TEST(SignatureMutationTest, NoDamagedReplyIsAccepted) {
  const Receiver receiver;
  const std::size_t count = mutants_wanted() / 5;
  std::vector<std::string> replies;
  for (const std::uint8_t key : kKeys) {
    for (const char* payload : {"0,", "1,some output\n", "-1,x,y", "NO_DATA"}) {
      replies.push_back(reply_by(key, "the request", payload, noon()));
    }
  }
  expect_a_fair_trial(
      try_mutants(replies, count, [&](const std::string& bytes) { return receiver.judge_reply(bytes); }), count);
}

}  // namespace
}  // namespace remaphore::test
