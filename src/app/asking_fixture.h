// A test asks all peers, and those that it plans for answer after a while.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/subject.h"
#include "core/wire.h"
#include "support/app_fixture.h"

namespace remaphore::test {

// `Options` is derived from SendOptions, or that.
template <class Options>
class AskingTest : public AppTest {
 protected:
  AskingTest() {
    options_.message = message_saying("hello");
    options_.message.reply_wanted = true;
    options_.identity = &config_.default_signer();
    options_.subject = kSubject;
    options_.timeout = std::chrono::seconds(5);
    broker_.on_publish = [this](const std::string& subject, const std::string& payload) {
      if (subject == kSubject) request_ = payload;
      for (const Planned& one : plan_) {
        poller_.after(one.after, [this, one] { answer(one.number, one.payload); });
      }
    };
  }
  void answer(std::uint8_t number, const std::string& payload) {
    broker_.publish(reply_subject(), reply_by(number, request_, payload, clock_.now()));
  }
  std::string reply_subject() const { return subject::reply("remaphore", wire::hash(request_)); }

  // Peer `number` answers `after` the request.
  void plan(std::uint8_t number, std::string payload, Duration after) {
    plan_.push_back({number, std::move(payload), after});
  }

  struct Planned {
    std::uint8_t number;
    std::string payload;
    Duration after;
  };
  Options options_;
  std::vector<Planned> plan_;
  std::string request_;
};

}  // namespace remaphore::test
