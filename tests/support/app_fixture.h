// Shared by the tests of the modes: a config, a bus, time, and a log of everything that is reported.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/config_parser.h"
#include "support/fake_clock.h"
#include "support/fake_command_runner.h"
#include "support/fake_output.h"
#include "support/fake_records.h"
#include "support/faulty_bus.h"
#include "support/in_memory_bus.h"
#include "support/recording_log.h"
#include "support/test_messages.h"

namespace remaphore::test {

inline Config parsed(const std::string& text) {
  auto config = parse_config(std::vector<char>(text.begin(), text.end()), "test");
  if (!config) throw std::runtime_error(config.error().message);
  return std::move(*config);
}

// We are key 1, destination node1; peers are 1 to 4.
class AppTest : public testing::Test {
 protected:
  static constexpr const char* kSubject = "remaphore.all";

  bool said(std::string_view part) const { return log_.count(part) > 0; }

  const Config config_ = parsed(config_text({1, 2, 3, 4}));
  FakeClock clock_;
  FakePoller poller_{clock_};
  InMemoryBroker broker_;
  InMemoryBus memory_{broker_, clock_};
  FaultyBus bus_{memory_};
  FakeCommandRunner scripts_{poller_};
  FakeOutput output_;
  RecordingLog log_;
  FakeJournal journal_;
  FakeAudit audit_;
  FakeSupervisor supervisor_;
};

}  // namespace remaphore::test
