// Load for the benchmarks: what Python would be too slow for.

#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "core/keys.h"
#include "load/commands.h"

int main(int count, char** arguments) {
  using namespace remaphore::bench;
  struct Command {
    std::string_view name;
    std::size_t words;
    int (*run)(Words);
  };
  constexpr std::array kCommands = {Command{"flood", 7, flood},           Command{"respond", 5, respond},
                                    Command{"round-trip", 4, round_trip}, Command{"react", 7, react},
                                    Command{"fan-out", 5, fan_out},       Command{"keep", 5, keep},
                                    Command{"read-kept", 4, read_kept},   Command{"verify-rate", 2, verify_rate},
                                    Command{"signal-all", 4, signal_all}, Command{"sign-rate", 2, sign_rate}};
  const std::vector<std::string> words(arguments + 1, arguments + count);
  remaphore::keys::initialize();
  for (const Command& command : kCommands) {
    if (!words.empty() && words.front() == command.name && words.size() == command.words + 1) {
      return command.run(Words(words).subspan(1));
    }
  }
  std::fputs("usage: see bench/load/commands.h\n", stderr);
  return 2;
}
