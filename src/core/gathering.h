// --gather: collects the answers to a request. Equal answers become one record under the list of their nodes, as with
// clush -b.
//
//     ---------------
//     com.example.left,com.example.right (2)
//     ---------------
//     output
//
// A header lists the nodes in order, their number if more than one, and the exit status if it is not 0. Records with
// the most nodes come first, failures last. The dashed rule never equals a line of any output, so no peer can forge a
// header. If records are taken before all answers are there, later outputs are unknown: the rule then ends in random
// digits, the same from the first batch to the last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/reply_format.h"

namespace remaphore {

class Gathering {
 public:
  // Ignores white space at the end of the output.
  void add(std::string_view destination, const Answer& answer);
  // Bytes of output held. If they become too many, the caller takes the records early.
  std::size_t bytes() const { return bytes_; }
  enum class More { kNone, kMayCome };
  // Returns all records so far and forgets them; empty if there are none. kMayCome: another batch may follow.
  std::string take(More more = More::kNone);

 private:
  std::string rule();
  using Nodes = std::set<std::string, std::less<>>;
  std::map<std::pair<std::int64_t, std::string>, Nodes> groups_;  // by exit status and output
  std::size_t bytes_ = 0;
  std::string marked_rule_;  // for all batches, if there are several
};

}  // namespace remaphore
