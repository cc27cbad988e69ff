#include "core/header.h"

#include <gtest/gtest.h>

#include <string>

namespace remaphore {
namespace {

TEST(HeaderTest, TakesNamesAndValues) {
  for (const Header& good :
       {Header{"Nats-Msg-Id", "0123abcd"}, Header{"x", ""}, Header{"!~", "a b\tc: d"}, Header{"Key", "\xc3\xa4\xff"}}) {
    EXPECT_TRUE(header::check(good)) << good.name;
  }
}

TEST(HeaderTest, RefusesWhatWouldEndTheNameOrTheLine) {
  for (const std::string_view name : {"", "a b", "a:", ":", "a\r\nb", "a\n", "\t", "\x7f", "\xc3\xa4"}) {
    EXPECT_FALSE(header::check({name, "x"})) << name;
  }
  EXPECT_FALSE(header::check({std::string_view("a\0b", 3), "x"}));
}

TEST(HeaderTest, RefusesAValueThatWouldInjectAnotherOrNotComeBackAsItIs) {
  for (const std::string_view value : {"a\r\nEvil: 1", "a\n", "\r", "\x1b[2J", " a", "a ", "\ta", "\x7f"}) {
    const auto checked = header::check({"Name", value});
    ASSERT_FALSE(checked) << value;
    EXPECT_EQ(checked.error().code, Errc::kUsage);
    EXPECT_EQ(checked.error().message.find_first_of("\r\n\x1b"), std::string::npos);  // safe to show
  }
  EXPECT_FALSE(header::check({"Name", std::string_view("a\0", 2)}));
}

}  // namespace
}  // namespace remaphore
