// Progress into a text, a line a call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/duration.h"
#include "ports/clock.h"
#include "ports/progress.h"

namespace remaphore::test {

class FakeProgress : public Progress {
 public:
  explicit FakeProgress(const Clock& clock) : clock_(clock) {}
  std::string told;

  void asked(const std::vector<const Peer*>& awaited, std::optional<MonotonicTime> until) override {
    told += "asked";
    for (const Peer* peer : awaited) told += " " + std::string(peer->destination);
    told += ", " + (until ? format_duration(*until - clock_.monotonic()) + " left" : "for ever") + "\n";
  }
  void answered(const Peer& peer, std::string_view exit_status, Duration latency) override {
    told += std::string(peer.destination) + ": " + std::string(exit_status) + " after " + format_duration(latency) + "\n";
  }
  void ended() override { told += "ended\n"; }

 private:
  const Clock& clock_;
};

}  // namespace remaphore::test
