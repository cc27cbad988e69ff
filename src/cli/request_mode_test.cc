#include "cli/request_mode.h"

#include <gtest/gtest.h>

#include "core/config_parser.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class RequestModeTest : public testing::Test {
 protected:
  RequestModeTest() : config_(parse_config_text()) {}
  static Config parse_config_text() {
    const std::string text = test::config_text({2});
    return std::move(*parse_config(std::vector<char>(text.begin(), text.end()), "test"));
  }
  static CommandLine line(std::initializer_list<const char*> arguments) {
    return *CommandLine::parse(std::span<const char* const>(arguments.begin(), arguments.size()));
  }
  RequestOptions requesting(std::initializer_list<const char*> arguments) const {
    const auto options = request_options(line(arguments), config_);
    if (!options) throw std::runtime_error(options.error().message);
    return *options;
  }
  std::string request_error(std::initializer_list<const char*> arguments) const {
    const auto options = request_options(line(arguments), config_);
    if (options) return "accepted";
    EXPECT_EQ(options.error().code, Errc::kUsage);
    return options.error().message;
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  const Config config_;
};

TEST_F(RequestModeTest, RequestsInTheFormatAskedFor) {
  const auto format = [this](std::initializer_list<const char*> arguments) { return requesting(arguments).format; };
  EXPECT_EQ(format({"-r"}), AnswerFormat::kRecords);
  EXPECT_EQ(format({"-r", "--json"}), AnswerFormat::kJson);
  EXPECT_EQ(format({"-r", "--gather"}), AnswerFormat::kGathered);
  EXPECT_EQ(request_error({"-r", "--gather", "--json"}), "options --json and --gather do not go together");
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
