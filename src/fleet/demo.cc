#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/text.h"
#include "core/keys.h"
#include "fleet/commands.h"
#include "fleet/hub_checks.h"
#include "fleet/process.h"
#include "fleet/program_group.h"
#include "fleet/staged_files.h"
#include "fleet/transcript.h"

namespace remaphore::fleet {
namespace {

constexpr std::chrono::seconds kAtMost{20};
constexpr std::string_view kFleet = "com.example.";
constexpr std::string_view kHub = "hub", kLeft = "left", kRight = "right", kLate = "late", kUploader = "uploader";

// Below the ports that the system assigns to outgoing connections, so that it is unlikely to be taken before the server
// starts.
Result<std::uint16_t> find_free_port() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::array<std::uint8_t, 2> random{};
    keys::random_bytes(random);
    const auto port = static_cast<std::uint16_t>(20000 + (random[0] << 8 | random[1]) % 12000);
    if (check_port_free({.host = "127.0.0.1", .port = port})) return port;
  }
  return fail(Errc::kRuntime, "no free port on 127.0.0.1");
}

Result<std::string> find_remaphore() {
  const std::string beside = parent_of(own_program()) + "/remaphore";
  if (::access(beside.c_str(), X_OK) == 0) return beside;
  const std::optional<std::string> installed = find_program("remaphore");
  if (installed) return *installed;
  return fail(Errc::kRuntime, fmt::format("cannot find remaphore, neither as {} nor in PATH", beside));
}

class Demo {
 public:
  Demo(ProgramGroup& programs, std::string folder, std::string remaphore, OutputFormat format)
      : transcript_(format), programs_(programs), folder_(std::move(folder)), remaphore_(std::move(remaphore)) {}

  Result<void> play() {
    if (Result<void> result = open_hub(); !result) return result;
    if (Result<void> result = wait_for_upload(); !result) return result;
    if (Result<void> result = come_late(); !result) return result;
    if (Result<void> result = ask_everyone(); !result) return result;
    return want_one_lock();
  }

 private:
  // `command` as typed in a shell of the node, with "remaphore" finding the node's config.
  Result<Program*> type(std::string_view node, const std::string& command) {
    if (Result<void> shown = transcript_.command(node, command); !shown) return pass_on(shown);
    constexpr const char* kShell =
        "program=$1 config=$2; remaphore() { \"$program\" -c \"$config\" \"$@\"; }; eval \"$3\"";
    const std::string config = fmt::format("fleet/nodes/{}{}/remaphore.conf", kFleet, node);
    return programs_.start(std::string(node), {"/bin/sh", "-c", kShell, "sh", remaphore_, config, command}, folder_);
  }

  // Waits until its stdout or stderr holds `sign`; ending before that is an error.
  Result<void> await_sign(const Program& program, std::string_view sign) {
    const auto shown = [&] { return program.err.has(sign) || program.out.has(sign); };
    const auto ready = [&] { return shown() || program.done(); };
    if (Result<void> waited = programs_.wait(ready, fmt::format("\"{}\" from {}", trim(sign), program.name)); !waited)
      return waited;
    return shown() ? Result<void>() : ended_badly(program);
  }

  Result<void> await_end(const Program& program) {
    if (Result<void> waited =
            programs_.wait([&] { return program.done(); }, fmt::format("the end of {}", program.name));
        !waited) {
      return waited;
    }
    return program.process.status() == 0 ? Result<void>() : ended_badly(program);
  }

  Unexpected<Error> ended_badly(const Program& program) {
    const std::string_view said = trim(program.err.text());
    return fail(Errc::kRuntime,
                fmt::format("{} ended with status {}: {}", program.name, program.process.status().value_or(-1),
                            said.empty() ? "it said nothing" : escape_control(said)));
  }

  Result<Program*> listen(std::string_view node, const std::string& command) {
    Result<Program*> program = type(node, command);
    if (!program) return program;
    if (Result<void> ready = await_sign(**program, "Ready\n"); !ready) return pass_on(ready);
    if (Result<void> shown = transcript_.output("Ready\n"); !shown) return pass_on(shown);
    return program;
  }

  // Runs a command to its end and returns its output.
  Result<std::string> run(std::string_view node, const std::string& command) {
    const Result<Program*> program = type(node, command);
    if (!program) return pass_on(program);
    return finish(**program);
  }

  Result<std::string> finish(const Program& program) {
    if (Result<void> ended = await_end(program); !ended) return pass_on(ended);
    if (Result<void> shown = transcript_.output(program.out.text()); !shown) return pass_on(shown);
    return program.out.text();
  }

  Result<void> open_hub() {
    const Result<std::uint16_t> port = find_free_port();
    if (!port) return pass_on(port);
    const std::string server = fmt::format("nats://127.0.0.1:{}", *port);
    if (Result<void> shown = transcript_.remark("A fleet of four nodes and its server:\n\n"); !shown) return shown;
    if (Result<void> shown =
            transcript_.command(kHub, fmt::format("remaphore-fleet init fleet --server {} \\", server));
        !shown)
      return shown;
    std::vector<std::string> words{own_program(), "init", "fleet", "--server", server};
    std::string nodes;
    for (const std::string_view node : {kLeft, kRight, kLate, kUploader}) {
      words.push_back(fmt::format("{}{}{}", kFleet, node, node == kUploader ? "" : "=ping,lock"));
      nodes += ' ' + words.back();
    }
    if (Result<void> shown = transcript_.output("    " + nodes + "\n"); !shown) return shown;
    const Result<Program*> init = programs_.start(std::string(kHub), std::move(words), folder_);
    if (!init) return pass_on(init);
    if (const Result<std::string> output = finish(**init); !output) return pass_on(output);
    if (Result<void> shown = transcript_.command(kHub, "remaphore-fleet hub fleet"); !shown) return shown;
    const Result<Program*> hub = programs_.start(std::string(kHub), {own_program(), "hub", "fleet"}, folder_);
    if (!hub) return pass_on(hub);
    if (Result<void> ready = await_sign(**hub, "Ready\n"); !ready) return ready;
    return transcript_.output("... Server is ready\nReady\n");
  }

  static std::string wait_command(std::string_view node) {
    return fmt::format("remaphore -u upload_done && echo {} downloads", node);
  }

  Result<void> wait_for_upload() {
    if (Result<void> shown = transcript_.remark("\nTwo nodes wait for an upload; one message releases both:\n\n");
        !shown)
      return shown;
    const Result<Program*> left = listen(kLeft, wait_command(kLeft));
    if (!left) return pass_on(left);
    const Result<Program*> right = listen(kRight, wait_command(kRight));
    if (!right) return pass_on(right);
    if (const Result<std::string> sent = run(kUploader, "remaphore -s -u upload_done"); !sent) return pass_on(sent);
    for (const Program* program : {*left, *right}) {
      const Result<std::string> output = finish(*program);
      if (!output) return pass_on(output);
      if (*output != fmt::format("{} downloads\n", program->name)) return wrong_output(program->name, *output);
    }
    return {};
  }

  Result<void> come_late() {
    if (Result<void> shown =
            transcript_.remark("\nA node that joins late still receives the message, which the server has kept:\n\n");
        !shown)
      return shown;
    const Result<std::string> output =
        run(kLate, fmt::format("remaphore -u upload_done --since 1h && echo {} downloads", kLate));
    if (!output) return pass_on(output);
    return *output == "late downloads\n" ? Result<void>() : wrong_output(kLate, *output);
  }

  // The first node holds the lock until the others have asked for it.
  Result<void> want_one_lock() {
    if (Result<void> shown =
            transcript_.remark("\nThree nodes want the same lock; one at a time holds it, in order of arrival:\n\n");
        !shown)
      return shown;
    const Result<Program*> left = type(kLeft, "remaphore --lock nightly sh -c 'echo left backs up; sleep 1'");
    if (!left) return pass_on(left);
    if (Result<void> holds = await_sign(**left, "left backs up\n"); !holds) return holds;
    const Result<Program*> right = type(kRight, "remaphore --lock nightly echo right backs up");
    if (!right) return pass_on(right);
    if (Result<void> waits = await_sign(**right, "nightly is held by"); !waits) return waits;
    const Result<std::string> late =
        run(kLate, "remaphore --lock nightly --no-wait echo late backs up || echo late does not wait");
    if (!late) return pass_on(late);
    if (*late != "late does not wait\n") return wrong_output(kLate, *late);
    for (const Program* program : {*left, *right}) {
      const Result<std::string> output = finish(*program);
      if (!output) return pass_on(output);
      if (*output != fmt::format("{} backs up\n", program->name)) return wrong_output(program->name, *output);
    }
    return {};
  }

  static Unexpected<Error> wrong_output(std::string_view who, std::string_view output) {
    return fail(Errc::kRuntime, fmt::format("{} printed {}", who, quote(output)));
  }

  Result<void> ask_everyone() {
    if (Result<void> shown =
            transcript_.remark("\nThree nodes run a command for each message; one request collects the answers:\n\n");
        !shown)
      return shown;
    for (const std::string_view node : {kLeft, kRight, kLate}) {
      const Result<Program*> program = listen(node, fmt::format("remaphore -q echo {} heard", node));
      if (!program) return pass_on(program);
    }
    const Result<std::string> answers = run(kUploader, "remaphore -r hello");
    if (!answers) return pass_on(answers);
    for (const std::string_view node : {kLeft, kRight, kLate}) {
      const std::string answer = fmt::format("{}{},0,{} heard ping hello\n", kFleet, node, node);
      if (answers->find(answer) == answers->npos) {
        return fail(Errc::kRuntime, fmt::format("no {} among the answers {}", quote(trim(answer)), quote(*answers)));
      }
    }
    return {};
  }

  Transcript transcript_;
  ProgramGroup& programs_;
  std::string folder_, remaphore_;
};

Result<StagedFolder> temporary_folder() {
  const char* place = std::getenv("TMPDIR");
  return StagedFolder::make(fmt::format("{}/remaphore-demo", place != nullptr && *place != '\0' ? place : "/tmp"),
                            0700);
}

}  // namespace

Result<ExitStatus> run_demo(const Options& options) {
  if (const Result<std::string> server = find_nats_server(); !server) return pass_on(server);
  const Result<std::string> remaphore = find_remaphore();
  if (!remaphore) return pass_on(remaphore);

  Signals signals;
  Result<void> played;
  {
    const Result<StagedFolder> folder = temporary_folder();
    if (!folder) return pass_on(folder);
    ProgramGroup programs(signals, std::chrono::steady_clock::now() + kAtMost);  // gone before the folder
    played = Demo(programs, folder->path(), *remaphore, options.format).play();
  }
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  if (!played) return pass_on(played);
  return ExitStatus::kOk;
}

}  // namespace remaphore::fleet
