// Our reader of JSON against nlohmann's, over every short text and over mutants of longer ones.

#include "base/json_fields.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace remaphore {
namespace {

using nlohmann::json;
using Kind = JsonField::Kind;

// The fields of the outer object and what they hold, a line each; "refused".
using Lines = std::vector<std::string>;
const Lines kRefused = {"refused"};

struct Told : JsonVisitor {
  bool field(const JsonField& field) override {
    std::string line = std::string(field.name) + ":" + std::to_string(static_cast<int>(field.kind)) + ":";
    if (field.kind == Kind::kText) line += field.text;
    if (field.kind == Kind::kInteger) line += std::to_string(field.integer);
    if (field.kind == Kind::kBoolean) line += field.boolean ? "true" : "false";
    lines.push_back(line);
    return true;
  }
  Lines lines;
};

Lines ours(std::string_view text) {
  Told told;
  return visit_fields(text, told, 1) ? told.lines : kRefused;
}

// nlohmann's events, with which it ends after numbers beyond a double.
class Events : public json::json_sax_t {
 public:
  bool null() override { return tell(Kind::kOther, ""); }
  bool boolean(bool value) override { return tell(Kind::kBoolean, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return tell(Kind::kInteger, std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    const bool fits = value <= std::numeric_limits<std::int64_t>::max();
    return fits ? tell(Kind::kInteger, std::to_string(value)) : tell(Kind::kOther, "");
  }
  bool number_float(number_float_t, const string_t&) override { return tell(Kind::kOther, ""); }
  bool string(string_t& value) override { return tell(Kind::kText, value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return depth == 0 ? ++depth > 0 : tell(Kind::kObject, "") && ++depth > 0; }
  bool start_array(std::size_t) override { return tell(Kind::kArray, "") && ++depth > 0; }
  bool end_object() override { return --depth >= 0; }
  bool end_array() override { return --depth >= 0; }
  bool key(string_t& key) override {
    if (depth == 1) name = key;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    beyond_a_double = error.id == 406;
    return false;
  }

  bool tell(Kind kind, const std::string& value) {
    if (depth == 0) return false;
    if (depth == 1) lines.push_back(name + ":" + std::to_string(static_cast<int>(kind)) + ":" + value);
    return true;
  }

  Lines lines;
  std::string name;
  int depth = 0;
  bool beyond_a_double = false;
};

// False if they disagree.
bool agree(const std::string& text) {
  Events events;
  const bool taken = json::sax_parse(text, &events);
  return events.beyond_a_double || ours(text) == (taken ? events.lines : kRefused);
}

TEST(JsonFieldsPropertyTest, AgreesWithAnotherReaderOnEveryShortText) {
  constexpr std::string_view kAlphabet = "{}[],:\"\\u01-.eE \nt";
  constexpr std::size_t kLength = 4;
  const std::string whole[] = {"", "}"}, begin[] = {"", "{\"k\":"};
  std::vector<std::string> texts = {""};
  for (std::size_t from = 0, length = 0; length <= kLength; ++length) {
    const std::size_t to = texts.size();
    for (std::size_t i = from; i < to; ++i) {
      for (std::size_t form = 0; form < 2; ++form) {
        const std::string text = begin[form] + texts[i] + whole[form];
        ASSERT_TRUE(agree(text)) << text;
      }
      if (length < kLength) {
        for (const char c : kAlphabet) texts.push_back(texts[i] + c);
      }
    }
    from = to;
  }
}

TEST(JsonFieldsPropertyTest, AgreesWithAnotherReaderOnMutants) {
  const std::string whole =
      R"({"type":"io.nats","message":{"subject":"a","seq":12,"data":"QUJD","time":"2026-11-25T09:42:39Z"},"n":)"
      R"([1,-2.5e3,true,null,"\ud83d\ude00\n)"
      "\xc3\xa4\xe2\x82\xac"
      R"("],"m":18446744073709551615,"f":false})";
  constexpr std::string_view kBytes = "{}[],:\"\\u0e1-d8\x80\xc3\xed\x1f\x7f ";
  ASSERT_TRUE(agree(whole));
  std::minstd_rand random(1);
  for (int n = 0; n < 200'000; ++n) {
    std::string text = whole;
    for (std::size_t changes = random() % 3 + 1; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text.erase(at, random() % 4 + 1); break;
        case 1: text.insert(at, 1, kBytes[random() % kBytes.size()]); break;
        default: text[at] = kBytes[random() % kBytes.size()];
      }
    }
    ASSERT_TRUE(agree(text)) << text;
  }
}

}  // namespace
}  // namespace remaphore
