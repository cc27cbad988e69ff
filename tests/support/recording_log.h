// Log into a list.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ports/log.h"

namespace remaphore::test {

class RecordingLog : public Log {
 public:
  bool verbose_wanted = false;
  std::vector<std::string> lines;  // "error: x", "notice: x", "verbose: x" or "Ready"

  std::vector<std::string> failures;  // of the errors, those that decide about the exit status

  void error(std::string_view line) override { add("error: ", line); }
  void failure(std::string_view line, ExitStatus) override {
    failures.emplace_back(line);
    error(line);
  }
  void notice(std::string_view line) override { add("notice: ", line); }
  void verbose(std::string_view line) override {
    if (verbose_wanted) add("verbose: ", line);
  }
  bool is_verbose() const override { return verbose_wanted; }
  void ready() override { lines.emplace_back("Ready"); }

  // How many lines contain `part`.
  std::size_t count(std::string_view part) const {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [part](const std::string& line) { return line.find(part) != std::string::npos; }));
  }
  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

 private:
  void add(std::string_view kind, std::string_view line) { lines.push_back(std::string(kind) + std::string(line)); }
};

}  // namespace remaphore::test
