// remaphore-fleet: makes and maintains a fleet of remaphore nodes.
#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "core/keys.h"
#include "fleet/command_line.h"
#include "fleet/commands.h"
#include "fleet/server_process.h"
#include "io/standard_descriptors.h"
#include "io/stderr_log.h"
#include "io/stdout_writer.h"
#include "io/version.h"

namespace remaphore::fleet {
namespace {

Result<ExitStatus> show(std::string_view text) {
  if (Result<void> printed = print(text); !printed) return pass_on(printed);
  return ExitStatus::kOk;
}

Result<ExitStatus> run(const Options& options) {
  if (options.command == Command::kHelp) return show(help());
  if (options.command == Command::kVersion) return show(fmt::format("remaphore-fleet {}\n", kVersion));
  const auto rows = command_table();
  const auto is_chosen = [&options](const CommandRow& row) { return row.command == options.command; };
  return std::find_if(rows.begin(), rows.end(), is_chosen)->run(options);
}

void warn(std::string_view line) { StderrLog("remaphore-fleet", StderrLog::Level::kNormal).error(line); }

ExitStatus complain(const Error& error, OutputFormat format) {
  warn(error.message);
  const ExitStatus status = exit_status_of(error.code);
  if (format == OutputFormat::kText) return status;
  JsonObject object;
  object.text("type", "error").text("text", error.message).number("status", static_cast<int>(status));
  return print(object.line()) ? status : ExitStatus::kFailure;
}

ExitStatus run_words(const std::vector<std::string_view>& words) {
  const Result<Options> options = parse_command_line(words);
  if (!options) {
    const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
    return complain(options.error(), json ? OutputFormat::kJson : OutputFormat::kText);
  }
  const Result<ExitStatus> status = run(*options);
  return status ? *status : complain(status.error(), options->format);
}

}  // namespace
}  // namespace remaphore::fleet

int main(int argc, char** argv) {
  using remaphore::fleet::kBoundChild;
  if (argc > 0 && std::string_view(argv[0]) == kBoundChild) return remaphore::fleet::run_bound_child(argc, argv);
  try {
    if (const auto occupied = remaphore::occupy_standard_descriptors(); !occupied) {
      return static_cast<int>(remaphore::fleet::complain(occupied.error(), remaphore::OutputFormat::kText));
    }
    prctl(PR_SET_DUMPABLE, 0);  // no core files with keys in them
    remaphore::keys::initialize();
    const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(remaphore::fleet::run_words(words));
  } catch (const std::exception& error) {
    remaphore::fleet::warn(error.what());
    return static_cast<int>(remaphore::ExitStatus::kFailure);
  }
}
