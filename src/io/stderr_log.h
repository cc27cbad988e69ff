// Log on standard error: "remaphore: line". Lines that the reader does not accept now wait, kMaxWaiting bytes at most;
// later ones are dropped, and a line says how many.
//
// When standard error is the journal (JOURNAL_STREAM, see systemd.exec(5)), each line begins with its priority: <3>
// errors, <5> notices, <7> verbose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/rate_limit.h"
#include "io/event_loop.h"
#include "io/output_queue.h"
#include "ports/log.h"

namespace remaphore {

class StderrLog : public Log, public EventSource {
 public:
  static constexpr std::size_t kMaxWaiting = std::size_t{64} << 10;

  enum class Level { kQuiet, kNormal, kVerbose };
  StderrLog(std::string_view program, Level level);
  ~StderrLog() override { finish(); }

  void error(std::string_view line) override;
  void failure(std::string_view line, ExitStatus) override { error(line); }
  void notice(std::string_view line) override;
  void verbose(std::string_view line) override;
  bool is_verbose() const override { return level_ == Level::kVerbose; }
  void ready() override;

  void set_level(Level level) { level_ = level; }
  // All other output to standard error goes through it, to keep the order.
  OutputQueue& queue() { return queue_; }
  // Gives waiting lines a moment to be written, no more: the process is about to end.
  void finish();

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override { queue_.dispatch(set); }

 private:
  void log(int priority, std::string_view line);
  void write(std::string line);
  void report_lost();
  std::string prefix(int priority) const;

  std::string program_;
  Level level_;
  bool to_journal_;
  RateLimit verbose_limit_{10, 5};
  OutputQueue queue_;
  std::uint64_t dropped_ = 0;
};

}  // namespace remaphore
