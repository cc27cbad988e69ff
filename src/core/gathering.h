// --gather: the answers to a request, equal ones folded into one record under the list of their nodes, as clush -b
// does.
//
//     ---------------
//     com.example.left,com.example.right (2)
//     ---------------
//     output
//
// A header names the nodes in order, how many they are if more than one, and the exit status if it is not 0. The most
// nodes come first, what failed comes last. The rule of dashes is as long as it takes to be no line of any output: no
// peer can forge a header. If records are taken before all answers are there, nobody knows what the rest will hold: the rule
// then ends in random digits, from the first batch to the last.
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
  // White space at the output's end does not count.
  void add(std::string_view destination, const Answer& answer);
  // Of the outputs that are held. A caller who is told too much takes the records early.
  std::size_t bytes() const { return bytes_; }
  enum class More { kNone, kMayCome };
  // All records so far, which are then forgotten; empty if there are none. After kMayCome: one more batch of the same.
  std::string take(More more = More::kNone);

 private:
  std::string rule();
  using Nodes = std::set<std::string, std::less<>>;
  std::map<std::pair<std::int64_t, std::string>, Nodes> groups_;  // by exit status and output
  std::size_t bytes_ = 0;
  std::string marked_rule_;  // of all batches, if there are several
};

}  // namespace remaphore
