#include "cli/supervision.h"

#include <utility>

namespace remaphore {

std::vector<ServiceStatus*> Supervision::listeners() const {
  std::vector<ServiceStatus*> all;
  if (readiness) all.push_back(readiness.get());
  if (notifier) all.push_back(notifier.get());
  return all;
}

Result<Supervision> supervise(const CommandLine& line, Log& log) {
  std::optional<int> descriptor;
  if (const auto number = line.number("ready-fd")) descriptor = static_cast<int>(*number);
  auto readiness = Readiness::prepare(line.text("ready-file"), descriptor, log);
  if (!readiness) return pass_on(readiness);
  return Supervision{std::move(*readiness), ServiceNotifier::from_environment(log)};
}

}  // namespace remaphore
