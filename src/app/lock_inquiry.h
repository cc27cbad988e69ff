// A conversation of --locks or --break with the stream of locks, over a link of its own. It waits for each answer.
#pragma once

#include <string>
#include <string_view>

#include "app/bus_dispatch.h"
#include "app/lock_codec.h"
#include "app/lock_survey.h"
#include "app/stream_client.h"
#include "app/turns.h"
#include "base/deadline.h"
#include "base/result.h"

namespace remaphore {

// All errors are Errc::kConnection.
class LockInquiry : public BusClient {
 public:
  static constexpr Duration kTimeout = std::chrono::seconds(2);  // for an answer

  // All must outlive it. `timeout`: for all of it; zero: no limit.
  LockInquiry(const BusPorts& ports, const LockCodec& codec, Duration timeout);

  StreamClient& streams() { return streams_; }
  Result<void> connect();
  Result<StreamClient::Answered> next();  // the next answer of streams()

  // One question and its answer.
  Result<StreamClient::Answered> ask(const jetstream::Request& request);
  Result<StreamClient::Answered> write(std::string_view subject, std::string_view payload, std::uint64_t expected);

  // What comes on this subject from now on ends await_message().
  void watch(std::string_view subject);
  // Waits until a message has come since the last call, or until `until`.
  Result<void> await_message(MonotonicTime until);

  Unexpected<Error> trouble(const jetstream::Failure& failure) const;

  void opened() override;
  void delivered(const Delivery&) override { heard_ = true; }
  void lost(const LinkLost& loss) override { reason_ = loss.reason; }
  void refused(const std::string& why) override;

 private:
  template <class Met, class Wake>
  Result<void> await(Met met, Wake wake);
  Unexpected<Error> why(Ended ended) const;

  const BusPorts& ports_;
  const LockCodec& codec_;
  const Duration timeout_;
  BusDispatch dispatch_;
  StreamClient streams_;
  Deadline deadline_;
  std::string reason_;
  std::string watched_;
  bool refused_ = false, heard_ = false;
};

}  // namespace remaphore
