#include "cli/request_mode.h"

#include <gtest/gtest.h>

#include "cli/options_fixture.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class RequestModeTest : public OptionsFixture<RequestOptions> {
 protected:
  RequestModeTest() : OptionsFixture(test::config_text({2}), request_options) {}
  RequestOptions requesting(Arguments arguments) const { return accepted(arguments); }
  std::string request_error(Arguments arguments) const { return error_of(arguments); }
};

TEST_F(RequestModeTest, RequestsInTheFormatAskedFor) {
  const auto format = [this](std::initializer_list<const char*> arguments) { return requesting(arguments).format; };
  EXPECT_EQ(format({"-r"}), AnswerFormat::kRecords);
  EXPECT_EQ(format({"-r", "--json"}), AnswerFormat::kJson);
  EXPECT_EQ(format({"-r", "--gather"}), AnswerFormat::kGathered);
  EXPECT_EQ(request_error({"-r", "--gather", "--json"}), "options --json and --gather cannot be combined");
}

TEST_F(RequestModeTest, ReadsHowManyHaveToSucceed) {
  EXPECT_FALSE(requesting({"-r"}).require);
  EXPECT_EQ(requesting({"-r", "--require", "50%"}).require->of(5), 3u);
}

TEST_F(RequestModeTest, IsAMessageThatWantsReplies) {
  const RequestOptions options = requesting({"-r", "-v", "deploy", "-t", "3s", "one"});
  EXPECT_TRUE(options.message.reply_wanted);
  EXPECT_EQ(options.message.verb, "deploy");
  EXPECT_EQ(options.timeout, seconds(3));
  EXPECT_TRUE(contains(request_error({"-r", "-v", "a,b"}), "a message has one verb"));
}

}  // namespace
}  // namespace remaphore
