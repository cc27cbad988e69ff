// The rows of ed25519.jsonl through keys::verify, the config and the whole receiving side.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/hex.h"
#include "core/config_parser.h"
#include "core/trust.h"
#include "support/test_messages.h"

namespace remaphore::test {
namespace {

struct Row {
  std::string name;
  PublicKey key;
  Signature signature;
  std::string message;
  bool verifies = false;
  bool configurable = false;
};

template <std::size_t size>
void read_hex(const nlohmann::json& object, const char* name, std::array<std::uint8_t, size>& out) {
  ASSERT_TRUE(hex::decode_exactly(object.at(name).get<std::string>(), out)) << name;
}

void read_verdict(const nlohmann::json& object, const char* name, bool& verdict) {
  const auto text = object.at(name).get<std::string>();
  ASSERT_TRUE(text == "ok" || text == "refused") << text;
  verdict = text == "ok";
}

void read_rows(std::vector<Row>& rows) {
  std::ifstream file(REMAPHORE_EDGES);
  ASSERT_TRUE(file) << REMAPHORE_EDGES;
  for (std::string line; std::getline(file, line);) {
    const auto object = nlohmann::json::parse(line);
    ASSERT_EQ(object.size(), 6u) << line;
    Row& row = rows.emplace_back();
    row.name = object.at("name").get<std::string>();
    read_hex(object, "public_key", row.key.bytes);
    read_hex(object, "signature", row.signature.bytes);
    const auto digits = object.at("message").get<std::string>();
    row.message.resize(digits.size() / 2);
    const auto room = std::span(reinterpret_cast<std::uint8_t*>(row.message.data()), row.message.size());
    ASSERT_TRUE(hex::decode_exactly(digits, room)) << row.name;
    read_verdict(object, "verify", row.verifies);
    read_verdict(object, "config", row.configurable);
  }
  ASSERT_GT(rows.size(), 100u);
}

class Ed25519EdgesTest : public testing::Test {
 protected:
  void SetUp() override { read_rows(rows_); }
  std::vector<Row> rows_;
};

TEST_F(Ed25519EdgesTest, HaveNamesOfTheirOwnAndBothVerdicts) {
  std::set<std::string> names;
  std::size_t verifying = 0, configurable = 0;
  for (const Row& row : rows_) {
    names.insert(row.name);
    verifying += row.verifies;
    configurable += row.configurable;
  }
  EXPECT_EQ(names.size(), rows_.size());
  EXPECT_GT(verifying, 5u);
  EXPECT_LT(verifying, rows_.size());
  EXPECT_GT(configurable, 5u);
  EXPECT_LT(configurable, rows_.size());
}

TEST_F(Ed25519EdgesTest, AreVerifiedAsTheyShouldBe) {
  for (const Row& row : rows_) EXPECT_EQ(keys::verify(row.key, row.signature, row.message), row.verifies) << row.name;
}

TEST_F(Ed25519EdgesTest, AreReceivedAsTheyShouldBe) {
  const Filter filter;
  const ReplayGuard guard(1);
  for (const Row& row : rows_) {
    // As if the config had let the key pass.
    const std::string text = keys::to_base58(row.key);
    const Peers peers({{"node", text, VerbList("*"), 1}});
    const std::string bytes = text + ',' + keys::to_base58(row.signature) + ',' + row.message;
    auto screened = screen_message(bytes, noon(), {peers, filter, std::chrono::seconds(5), guard});
    ASSERT_TRUE(screened) << row.name << ": " << screened.error().reason;
    const auto verified = verify_message(std::move(*screened));
    EXPECT_EQ(verified.has_value(), row.verifies) << row.name;
    if (!verified) EXPECT_EQ(verified.error().code, RefusalCode::kSignature) << row.name;
  }
}

TEST_F(Ed25519EdgesTest, AreConfiguredAsTheyShouldBe) {
  for (const Row& row : rows_) {
    const std::string text = config_text({}) + "node " + keys::to_base58(row.key) + " [*]\n";
    const auto config = parse_config(std::vector<char>(text.begin(), text.end()), "x.conf");
    EXPECT_EQ(config.has_value(), row.configurable) << row.name;
    EXPECT_EQ(keys::is_low_order(row.key), !row.configurable) << row.name;
    if (config) continue;
    EXPECT_EQ(config.error().code, Errc::kConfig);
    EXPECT_NE(config.error().message.find("low order"), std::string::npos) << config.error().message;
  }
}

}  // namespace
}  // namespace remaphore::test
