// Writes the completions of both programs for all shells: remaphore-completions DIR. A tool of the build, not
// installed.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "completions/program.h"

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  std::ofstream file(path);
  file << text << std::flush;
  if (!file) std::fprintf(stderr, "remaphore-completions: cannot write %s\n", path.c_str());
  return static_cast<bool>(file);
}

}  // namespace

int main(int count, char** arguments) {
  using namespace remaphore::completions;
  if (count != 2) {
    std::fputs("usage: remaphore-completions DIR\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  for (const Program& program : {remaphore_program(), fleet_program()}) {
    if (!write(folder / "bash" / program.name, bash_completion(program)) ||
        !write(folder / "zsh" / ("_" + program.name), zsh_completion(program)) ||
        !write(folder / "fish" / (program.name + ".fish"), fish_completion(program))) {
      return 3;
    }
  }
  return 0;
}
