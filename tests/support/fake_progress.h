// Progress into a text, one line per call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"
#include "ports/progress.h"

namespace remaphore::test {

class FakeProgress : public Progress {
 public:
  std::string told;

  void asked(const std::vector<const Peer*>& awaited, std::optional<Duration> timeout) override {
    told += "asked";
    for (const Peer* peer : awaited) told += " " + std::string(peer->destination);
    told += ", " + (timeout ? "for " + format_duration(*timeout) : "for ever") + "\n";
  }
  void round(std::size_t number, std::size_t count, std::span<const std::string> names) override {
    told += "round " + std::to_string(number) + " of " + std::to_string(count) + ":";
    for (const std::string& name : names) told += " " + name;
    told += "\n";
  }
  void answered(const Peer& peer, std::string_view exit_status, Duration latency) override {
    told +=
        std::string(peer.destination) + ": " + std::string(exit_status) + " after " + format_duration(latency) + "\n";
  }
  void ended(bool enough) override { told += enough ? "ended with enough\n" : "ended\n"; }
};

}  // namespace remaphore::test
