// Creates or updates a fleet's streams over a link to its servers, one after the other. Has no descriptor and no clock
// of its own: its owner waits for the bus and decides when to give up.
//
// A server that has just started, or a cluster without a leader, cannot answer yet: the question is asked again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "fleet/stream_change.h"
#include "jetstream/request.h"
#include "jetstream/stream_config.h"
#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore::fleet {

class Provisioner {
 public:
  static constexpr Duration kNoAnswer = std::chrono::seconds(2);  // then the question is asked again
  static constexpr Duration kAskAgain = std::chrono::milliseconds(250);

  // Both ports must outlive it. Without `streams` it only finds out whether a server answers.
  Provisioner(Bus& bus, const Clock& clock, std::vector<jetstream::StreamConfig> streams);

  void begin() { bus_.connect(); }
  // Processes pending events of the bus; call it after every wait.
  void turn();
  // When to call turn() even if nothing has happened; nullopt: never.
  std::optional<MonotonicTime> wake_at() const { return ask_at_; }

  bool done() const { return done_; }
  // Why provisioning is impossible; then it is over.
  const std::optional<Error>& failure() const { return failure_; }
  // Why it is not done yet, for an owner that gives up or has waited for a while. Empty: no known reason.
  const std::string& obstacle() const { return obstacle_; }
  // What was found and changed, a line for each stream and difference.
  const std::vector<std::string>& report() const { return report_; }
  bool changed() const { return changed_; }

 private:
  void take(const BusEvent& event);
  void opened();
  enum class Step { kLook, kMake, kUpdate };
  void ask(Step step, const jetstream::Request& request);
  void look() { ask(Step::kLook, jetstream::stream_info(stream().name)); }
  void ask_later(std::string why);
  void answered(const BusEvent& delivery);
  void take_config(const std::string& config);
  void take_failure(const jetstream::Failure& failure, std::string_view payload);
  void update(const StreamChange& change);
  void next_stream();
  void fail_with(Errc code, std::string text);
  const jetstream::StreamConfig& stream() const { return streams_[index_]; }

  Bus& bus_;
  const Clock& clock_;
  const std::vector<jetstream::StreamConfig> streams_;
  std::size_t index_ = 0;              // of the stream in question
  Step step_ = Step::kLook;            // of the last question
  std::vector<std::string> changing_;  // what an update changes
  bool open_ = false;
  std::uint64_t question_ = 0;           // the number of the last one; its answer comes to an inbox with it
  std::optional<MonotonicTime> ask_at_;  // when the next question is due
  bool done_ = false;
  bool changed_ = false;
  std::optional<Error> failure_;
  std::string obstacle_;
  std::vector<std::string> report_;
};

}  // namespace remaphore::fleet
