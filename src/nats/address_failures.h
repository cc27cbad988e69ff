// What went wrong at the addresses of one server, in one round over them. Pure.
#pragma once

#include <string>

namespace remaphore::nats {

class AddressFailures {
 public:
  enum class Kind {
    kNobodyThere,  // nothing listens on that address
    kRefused,      // whoever listens refuses our credentials
    kOther,
  };

  void note(const std::string& why, Kind kind) {
    if (kind == Kind::kNobodyThere) return;
    last_ = why;
    if (kind == Kind::kRefused) refusal_ = why;
    if (kind == Kind::kOther) other_ = true;
  }

  // What one said of our credentials; empty: none refused them.
  const std::string& refusal() const { return refusal_; }
  // All who listen on the server's addresses refuse our credentials.
  bool refused_by_all() const { return !refusal_.empty() && !other_; }
  // What to tell of a failure that was noted: that nobody listens on one address says less than what another said.
  const std::string& telling(const std::string& why, Kind kind) const {
    return kind != Kind::kNobodyThere || last_.empty() ? why : last_;
  }

 private:
  std::string refusal_;
  bool other_ = false;
  std::string last_;  // of somebody who listens
};

}  // namespace remaphore::nats
