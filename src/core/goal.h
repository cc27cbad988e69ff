// What ends a wait for messages early: nothing, the first match, or the arrival of enough nodes (a barrier). A node is
// a destination, however many keys and messages it has. A barrier's nodes are fixed when it is made: peers that join
// the config later are not expected.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/peers.h"
#include "core/portion.h"

namespace remaphore {

// How many of the nodes of a barrier have arrived.
struct ArrivalCount {
  std::size_t arrived;
  std::size_t expected;
};

class Goal {
 public:
  Goal() = default;           // no goal: it is never reached
  static Goal first_match();  // one message; a command counts once it has started

  // Which outcome of a command counts; a printed message counts at once.
  enum class Counted { kOnSuccess, kOnEnd };
  struct Barrier {
    std::optional<Portion> count;                       // --count
    std::optional<std::vector<std::string_view>> from;  // --from, resolved; else all configured peers
    std::optional<std::string_view> self;               // --arrive: our own node, which is expected too
    Counted counted = Counted::kOnSuccess;
  };
  // A barrier of at least one of `count` and `from`. A destination is not expected if the config lists each of its keys
  // under another destination first: messages count for that one. Errc::kUsage if more must arrive than exist.
  static Result<Goal> barrier(const Barrier& barrier, const Peers& peers);

  // A message from `destination` was received, whatever its outcome will be.
  void received(std::string_view destination);
  // The outcome of a message from `destination`. An outcome that does not count changes nothing.
  void printed(std::string_view destination);
  void started(std::string_view destination);
  void ended(std::string_view destination, int exit_status);
  // Our own node has arrived (--arrive).
  void arrived_ourselves();

  bool exists() const { return expected_ > 0; }
  bool is_barrier() const { return kind_ == Kind::kBarrier; }
  bool is_first_match() const { return kind_ == Kind::kFirstMatch; }
  bool reached() const { return exists() && arrived_ >= expected_; }

  std::size_t arrived() const { return arrived_; }
  std::size_t expected() const { return expected_; }
  // nullopt: the node is not expected.
  std::optional<bool> has_arrived(std::string_view destination) const;
  const std::string& self() const { return self_; }  // --arrive; empty: not one of the nodes
  // Once `destination` has arrived; the expected ones at most.
  ArrivalCount arrivals_with(std::string_view destination) const;
  bool any_received() const { return any_received_; }  // of an expected node other than ours
  bool any_failed() const { return any_failed_; }      // a command of an expected node

  struct Missing {
    std::string_view node;
    bool failed;  // a message came, but its command failed
  };
  // The nodes named by --from (and ours) that have not arrived, by name; empty without --from.
  std::vector<Missing> missing() const;
  // The nodes named by --from (and ours), by name; empty without --from.
  std::vector<std::string_view> named() const;

 private:
  enum class Kind { kNone, kFirstMatch, kBarrier };
  enum class Node { kAbsent, kFailed, kArrived };
  void arrive(std::string_view destination);

  Kind kind_ = Kind::kNone;
  Counted counted_ = Counted::kOnSuccess;
  bool named_ = false;
  std::size_t expected_ = 0;
  std::size_t arrived_ = 0;
  bool any_received_ = false;
  bool any_failed_ = false;
  std::string self_;                                // --arrive
  std::map<std::string, Node, std::less<>> nodes_;  // of a barrier
};

}  // namespace remaphore
