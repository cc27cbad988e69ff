#include "base/json_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace remaphore {
namespace {

// The reported fields, one per line: "depth outer name[] = value".
struct Told : JsonVisitor {
  bool field(const JsonField& field) override {
    std::string line = std::to_string(field.depth) + " " + std::string(field.outer) + " " + std::string(field.name);
    if (field.element) line += "[]";
    if (field.kind == JsonField::Kind::kText) line += "=" + std::string(field.text);
    if (field.kind == JsonField::Kind::kInteger) line += "=" + std::to_string(field.integer);
    lines.push_back(line);
    return lines.size() < limit;
  }
  std::vector<std::string> lines;
  std::size_t limit = 1000;
};

std::vector<std::string> told(std::string_view json, int depth) {
  Told told;
  return visit_fields(json, told, depth) ? told.lines : std::vector<std::string>{"refused"};
}

constexpr std::string_view kNested = R"({"a":1,"b":{"c":"x","d":["y",{"e":2}],"f":{"g":3}},"h":[4,{"i":5}],"j":"z"})";

TEST(JsonFieldsTest, ReportsFieldsDownToTheGivenDepth) {
  EXPECT_EQ(told(kNested, 1), (std::vector<std::string>{"1  a=1", "1  b", "1  h", "1  j=z"}));
  EXPECT_EQ(told(kNested, 2), (std::vector<std::string>{"1  a=1", "1  b", "2 b c=x", "2 b d", "2 b f", "1  h",
                                                        "2 h []=4", "2 h []", "1  j=z"}));
  EXPECT_EQ(told(kNested, 3),
            (std::vector<std::string>{"1  a=1", "1  b", "2 b c=x", "2 b d", "3 b.d []=y", "3 b.d []", "2 b f",
                                      "3 b.f g=3", "1  h", "2 h []=4", "2 h []", "3 h. i=5", "1  j=z"}));
}

TEST(JsonFieldsTest, RefusesWhatIsNoObject) {
  for (const char* json : {"", "1", "\"x\"", "[]", "[{}]", "null", "{", "{}{}", "{\"a\":}", "{\"a\" 1}"}) {
    EXPECT_EQ(told(json, 3), std::vector<std::string>{"refused"}) << json;
  }
  EXPECT_TRUE(told("{}", 3).empty());
}

TEST(JsonFieldsTest, NestingWithoutEndIsPassedOver) {
  std::string json = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) json += "[";
  for (int i = 0; i < 100'000; ++i) json += "]";
  json += ",\"b\":1}";
  EXPECT_EQ(told(json, 1), (std::vector<std::string>{"1  a", "1  b=1"}));
}

TEST(JsonFieldsTest, EndsWhenTheVisitorHasSeenEnough) {
  Told few;
  few.limit = 2;
  EXPECT_FALSE(visit_fields(kNested, few, 3));
  EXPECT_EQ(few.lines.size(), 2u);
}

}  // namespace
}  // namespace remaphore
