// Log on standard error: "remaphore: line". Never blocks for long: a line that the reader does not take is dropped and
// counted.
//
// When standard error is the journal (JOURNAL_STREAM, see systemd.exec(5)), each line begins with its priority: <3>
// errors, <5> notices, <7> verbose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/rate_limit.h"
#include "ports/log.h"

namespace remaphore {

class StderrLog : public Log {
 public:
  enum class Level { kQuiet, kNormal, kVerbose };
  StderrLog(std::string_view program, Level level);

  void error(std::string_view line) override;
  void failure(std::string_view line, ExitStatus) override { error(line); }
  void notice(std::string_view line) override;
  void verbose(std::string_view line) override;
  bool is_verbose() const override { return level_ == Level::kVerbose; }
  void ready() override;

  void set_level(Level level) { level_ = level; }

 private:
  void say(int priority, std::string_view line);
  void write(std::string text);
  std::string prefix(int priority) const;

  std::string program_;
  Level level_;
  bool to_journal_;
  RateLimit verbose_limit_{10, 5};
  std::uint64_t dropped_ = 0;
};

}  // namespace remaphore
