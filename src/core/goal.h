// What ends a wait for messages early: nothing, the first match, or the arrival of enough nodes (a barrier). A node is
// a destination, however many keys and messages it has.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/count.h"
#include "core/peers.h"

namespace remaphore {

class Goal {
 public:
  Goal() = default;           // none
  static Goal first_match();  // one message; a command counts once it has started

  // Which outcome of a command counts; a printed message counts at once.
  enum class Counted { kOnSuccess, kOnEnd };
  struct Barrier {
    std::optional<Count> count;                         // --count
    std::optional<std::vector<std::string_view>> from;  // --from, resolved; else all configured peers
    Counted counted = Counted::kOnSuccess;
  };
  // At least one of `count` and `from`. Errc::kUsage if more must arrive than exist.
  static Result<Goal> barrier(const Barrier& barrier, const Peers& peers);

  // The outcome of a message from `destination`. An outcome that does not count changes nothing.
  void printed(std::string_view destination);
  void started(std::string_view destination);
  void ended(std::string_view destination, int exit_status);

  bool exists() const { return expected_ > 0; }
  bool reached() const { return exists() && arrived_ >= expected_; }

  std::size_t arrived() const { return arrived_; }
  std::size_t expected() const { return expected_; }
  bool any_failed() const { return any_failed_; }  // a command of an expected node
  // The nodes named by --from that have not arrived, by name; empty without --from.
  std::vector<std::string_view> missing() const;

 private:
  enum class Kind { kNone, kFirstMatch, kBarrier };
  void arrive(std::string_view destination);

  Kind kind_ = Kind::kNone;
  Counted counted_ = Counted::kOnSuccess;
  bool named_ = false;
  std::size_t expected_ = 0;
  std::size_t arrived_ = 0;
  bool any_failed_ = false;
  std::map<std::string, bool, std::less<>> nodes_;  // of a barrier: whether it has arrived
};

}  // namespace remaphore
