// Creates or updates a fleet's streams over a link to its servers, one after the other. Has no descriptor and no clock
// of its own: its owner waits for the bus and decides when to give up.
//
// A server that has just started, or a cluster without a leader, cannot answer yet: the question is asked again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/bus_dispatch.h"
#include "app/stream_client.h"
#include "base/deadline.h"
#include "base/result.h"
#include "base/time.h"
#include "fleet/stream_change.h"
#include "jetstream/request.h"
#include "jetstream/stream_config.h"
#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore::fleet {

class Provisioner : public BusClient {
 public:
  static constexpr Duration kNoAnswer = std::chrono::seconds(2);  // then the question is asked again
  static constexpr Duration kAskAgain = std::chrono::milliseconds(250);

  // Both ports must outlive it. Without `streams` it only finds out whether a server answers.
  Provisioner(Bus& bus, const Clock& clock, std::vector<jetstream::StreamConfig> streams);

  void begin() { dispatch_.connect(); }
  // Processes pending events of the bus; call it after every wait.
  void turn();
  // When to call turn() even if nothing has happened; nullopt: never.
  Deadline wake_at() const { return is_over() ? std::nullopt : earlier(client_.wake_at(), ask_at_); }

  bool done() const { return done_; }
  // Why provisioning is impossible; then it is over.
  const std::optional<Error>& failure() const { return failure_; }
  // Why it is not done yet, for an owner that gives up or has waited for a while. Empty: no known reason.
  const std::string& wait_reason() const { return wait_reason_; }
  // What was found and changed, a line for each stream and difference.
  const std::vector<std::string>& report() const { return report_; }
  bool changed() const { return changed_; }

  void opened() override;
  void denied(const Denial& denial) override { fail_with(denial.text); }
  void lost(const LinkLost& loss) override;
  void refused(const std::string& why) override { fail_with(why); }

 private:
  enum class Step { kLook, kMake, kUpdate };
  bool is_over() const { return done_ || failure_; }
  void ask(Step step, jetstream::Request request);
  void look() { ask(Step::kLook, jetstream::stream_info(stream().name)); }
  void ask_later(std::string why);
  void take(const jetstream::Answer<std::string>& payload);
  void take_config(const std::string& config);
  void take_failure(const jetstream::Failure& failure);
  void update(const StreamChange& change);
  void next_stream();
  void fail_with(std::string text);
  const jetstream::StreamConfig& stream() const { return streams_[index_]; }

  const Clock& clock_;
  BusDispatch dispatch_;
  StreamClient client_;
  const std::vector<jetstream::StreamConfig> streams_;
  std::size_t index_ = 0;              // of the stream in question
  Step step_ = Step::kLook;            // of the last question
  std::vector<std::string> changing_;  // what an update changes
  StreamClient::Ticket question_ = 0;  // the last one
  Deadline ask_at_;                    // when to ask again, if it was answered that it is too early
  bool done_ = false;
  bool changed_ = false;
  std::optional<Error> failure_;
  std::string wait_reason_;
  std::vector<std::string> report_;
};

}  // namespace remaphore::fleet
