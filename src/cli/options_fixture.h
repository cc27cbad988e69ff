// What the tests of the modes' options share: a config, and command lines that are understood beside it.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/mode_selection.h"
#include "core/config_parser.h"

namespace remaphore {

template <class Options>
class OptionsFixture : public testing::Test {
 protected:
  using Arguments = std::initializer_list<const char*>;
  using Understand = Result<Options> (*)(const CommandLine& line, const Config& config);

  OptionsFixture(const std::string& config_text, Understand understand)
      : config_(std::move(*parse_config(std::vector<char>(config_text.begin(), config_text.end()), "test"))),
        understand_(understand) {}

  static CommandLine line(Arguments arguments) {
    return *CommandLine::parse(std::span<const char* const>(arguments.begin(), arguments.size()));
  }
  // The options that they give; throws if they are refused.
  Options accepted(Arguments arguments) const {
    const auto options = understood(line(arguments));
    if (!options) throw std::runtime_error(options.error().message);
    return *options;
  }
  // Why they are refused, or "accepted".
  std::string error_of(Arguments arguments) const {
    const auto options = understood(line(arguments));
    if (options) return "accepted";
    EXPECT_EQ(options.error().code, Errc::kUsage);
    return options.error().message;
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  const Config config_;

 private:
  // Reads the options as the program does: first the mode and what may be combined.
  Result<Options> understood(const CommandLine& line) const {
    if (auto mode = select_mode(line); !mode) return pass_on(mode);
    return understand_(line, config_);
  }

  const Understand understand_;
};

}  // namespace remaphore
