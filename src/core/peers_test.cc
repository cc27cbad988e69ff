#include "core/peers.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/test_messages.h"

namespace remaphore {
namespace {

TEST(VerbListTest, AllowsItsVerbsInTheirSpellingOnly) {
  const VerbList verbs("ping,deploy");
  EXPECT_TRUE(verbs.allows("ping"));
  EXPECT_TRUE(verbs.allows("deploy"));
  for (const char* verb : {"", "pin", "pings", "Ping", "ping,deploy", ",", "*", "ping ", "deplo"}) {
    EXPECT_FALSE(verbs.allows(verb)) << verb;
  }
}

TEST(VerbListTest, AllowsAllWithAStarAndNothingWhenEmpty) {
  EXPECT_TRUE(VerbList("*").allows("anything"));
  EXPECT_TRUE(VerbList("ping,*").allows("anything"));
  EXPECT_FALSE(VerbList("").allows("ping"));
  EXPECT_FALSE(VerbList("").allows(""));
  EXPECT_FALSE(VerbList("p*").allows("ping"));  // no patterns
}

TEST(VerbListTest, SplitsAtItsCommas) {
  EXPECT_EQ(VerbList("a,bc,d").split(), (std::vector<std::string_view>{"a", "bc", "d"}));
  EXPECT_EQ(VerbList("a").split(), (std::vector<std::string_view>{"a"}));
  EXPECT_TRUE(VerbList("").split().empty());
}

class PeersTest : public testing::Test {
 protected:
  PeersTest() {
    for (int i = 0; i < 250; ++i) texts_.push_back(test::public_text(static_cast<std::uint8_t>(i)));
  }
  Peers peers(std::size_t count) const {
    std::vector<Peer> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back({"node", texts_[i], VerbList("*"), 0});
    return Peers(std::move(all));
  }
  std::vector<std::string> texts_;
};

TEST_F(PeersTest, FindsEachByItsKeyAndNobodyElse) {
  for (const std::size_t count : {0u, 1u, 2u, 3u, 100u, 200u}) {
    const Peers some = peers(count);
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      const Peer* found = some.find(texts_[i]);
      ASSERT_EQ(found != nullptr, i < count) << i << " of " << count;
      if (found != nullptr) EXPECT_EQ(some.index_of(*found), i);
    }
  }
}

TEST_F(PeersTest, KnowsTheKeyOfEachText) {
  const Peers some = peers(50), given({{"a", texts_[3], VerbList("*"), 1, some.all()[3].key}});
  for (const Peer& peer : some.all()) EXPECT_EQ(keys::to_base58(peer.key), peer.public_key);
  EXPECT_EQ(given.all()[0].key, some.all()[3].key);
  EXPECT_EQ(Peers({{"a", "no key", VerbList("*")}}).all()[0].key, PublicKey{});
}

TEST_F(PeersTest, TakesOverATextWithoutACopy) {
  const std::string line = "com.a " + texts_[1] + " ping";
  std::vector<char> text(line.begin(), line.end());
  const char* const place = text.data();
  const std::string_view all(place, text.size());
  std::vector<Peer> lines{
      {all.substr(0, 5), all.substr(6, texts_[1].size()), VerbList(all.substr(7 + texts_[1].size()))}};
  const Peers some(std::move(lines), std::move(text));
  const Peer* const found = some.find(texts_[1]);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->destination.data(), place);
  EXPECT_EQ(found->destination, "com.a");
  EXPECT_TRUE(found->verbs.allows("ping"));
}

TEST_F(PeersTest, AReferenceToAPeerKeepsItsTextAlive) {
  std::optional<PeerRef> kept;
  {
    const Peers some = peers(3);
    kept.emplace(some.find(texts_[2]));
  }
  EXPECT_EQ((*kept)->public_key, texts_[2]);
  EXPECT_EQ(sizeof(PeerRef), sizeof(void*));
}

TEST_F(PeersTest, OwnsItsOwnLinesAndNotTheirEquals) {
  const Peers some = peers(50), copy = some, equal(some.all());
  for (const Peer& peer : some.all()) {
    EXPECT_TRUE(some.owns(peer));
    EXPECT_TRUE(copy.owns(peer));
    EXPECT_FALSE(equal.owns(peer));
  }
  EXPECT_FALSE(Peers().owns(some.all().front()));
}

TEST_F(PeersTest, ComparesTheWholeText) {
  const Peers some = peers(50);
  std::string first_differs = texts_[7];
  first_differs[0] = first_differs[0] == '2' ? '3' : '2';  // beyond the characters that are hashed
  EXPECT_EQ(some.find(first_differs), nullptr);
  EXPECT_EQ(some.find(texts_[7].substr(1)), nullptr);
  EXPECT_EQ(some.find("1" + texts_[7]), nullptr);
  EXPECT_EQ(some.find(""), nullptr);
  EXPECT_EQ(some.find(std::string(100000, 'a')), nullptr);
}

TEST_F(PeersTest, GivesTheFirstOfSeveralLinesWithOneKey) {
  const Peers three({{"a", texts_[0], VerbList("ping"), 1},
                     {"b", texts_[1], VerbList("ping"), 2},
                     {"c", texts_[0], VerbList("*"), 3}});
  ASSERT_EQ(three.all().size(), 3u);
  EXPECT_EQ(three.find(texts_[0])->line, 1u);
  EXPECT_FALSE(three.find(texts_[0])->verbs.allows("deploy"));
}

}  // namespace
}  // namespace remaphore
