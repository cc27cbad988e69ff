// Collects the failures of one server's addresses, in one round over them. Pure.
#pragma once

#include <string>

namespace remaphore::nats {

class AddressFailures {
 public:
  enum class Kind {
    kNobodyThere,  // nothing listens on that address
    kRefused,      // the server there refuses our credentials
    kOther,
  };

  void note(const std::string& why, Kind kind) {
    if (kind == Kind::kNobodyThere) return;
    last_ = why;
    if (kind == Kind::kRefused) refusal_ = why;
    if (kind == Kind::kOther) other_ = true;
  }

  // What one of them said about our credentials; empty: none refused them.
  const std::string& refusal() const { return refusal_; }
  // Whether the server refuses our credentials on every address on which it listens.
  bool refused_by_all() const { return !refusal_.empty() && !other_; }
  // The failure to report: that of an address where a server listens, rather than a refused connection.
  const std::string& most_informative(const std::string& why, Kind kind) const {
    return kind != Kind::kNobodyThere || last_.empty() ? why : last_;
  }

 private:
  std::string refusal_;
  bool other_ = false;
  std::string last_;  // of an address where a server listens
};

}  // namespace remaphore::nats
