#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/json_text.h"
#include "base/text.h"
#include "core/keys.h"
#include "fleet/commands.h"
#include "fleet/hub.h"
#include "fleet/process.h"
#include "fleet/program_group.h"
#include "fleet/whole_file.h"
#include "io/stdout_writer.h"

namespace remaphore::fleet {
namespace {

constexpr std::chrono::seconds kAtMost{20};
constexpr std::string_view kFleet = "com.example.";
constexpr std::string_view kHub = "hub", kLeft = "left", kRight = "right", kUploader = "uploader";

// Below the ports that the system gives to outgoing connections, so that hardly anything takes it before the server.
Result<std::uint16_t> find_free_port() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::array<std::uint8_t, 2> random{};
    keys::random_bytes(random);
    const auto port = static_cast<std::uint16_t>(20000 + (random[0] << 8 | random[1]) % 12000);
    if (check_port_free({"127.0.0.1", port, false, {}, {}})) return port;
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

// A transcript: commands typed at a node follow its prompt; output is printed as it is. With --json, objects.
class Transcript {
 public:
  explicit Transcript(bool json) : json_(json) {}

  Result<void> remark(std::string_view text) const { return json_ ? Result<void>() : print(text); }
  Result<void> command(std::string_view node, std::string_view command) const {
    if (!json_) return print(fmt::format("{}$ {}\n", node, command));
    return print(JsonObject().text("type", "command").text("node", node).text("command", command).line());
  }
  Result<void> output(std::string_view text) const {
    if (!json_) return print(escape_control(text, Layout::kKept));
    return text.empty() ? Result<void>() : print(JsonObject().text("type", "output").text("text", text).line());
  }

 private:
  bool json_;
};

class Demo {
 public:
  Demo(ProgramGroup& programs, std::string folder, std::string remaphore, bool json)
      : transcript_(json), programs_(programs), folder_(std::move(folder)), remaphore_(std::move(remaphore)) {}

  Result<void> play() {
    if (Result<void> result = open_hub(); !result) return result;
    if (Result<void> result = wait_for_upload(); !result) return result;
    return ask_everyone();
  }

 private:
  // `command` as typed in a shell of the node, with "remaphore" finding the node's config.
  Result<Program*> type(std::string_view node, const std::string& command) {
    if (Result<void> shown = transcript_.command(node, command); !shown) return Unexpected(shown.error());
    constexpr const char* kShell =
        "program=$1 config=$2; remaphore() { \"$program\" -c \"$config\" \"$@\"; }; eval \"$3\"";
    const std::string config = fmt::format("fleet/nodes/{}{}/remaphore.conf", kFleet, node);
    return programs_.start(std::string(node), {"/bin/sh", "-c", kShell, "sh", remaphore_, config, command}, folder_);
  }

  // Waits until its stderr holds `sign`; ending before that is an error.
  Result<void> await_sign(const Program& program, std::string_view sign) {
    const auto ready = [&] { return program.err.has(sign) || program.done(); };
    if (Result<void> waited = programs_.wait(ready, fmt::format("\"{}\" from {}", trim(sign), program.name)); !waited)
      return waited;
    return program.err.has(sign) ? Result<void>() : ended_badly(program);
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
    if (Result<void> ready = await_sign(**program, "Ready\n"); !ready) return Unexpected(ready.error());
    if (Result<void> shown = transcript_.output("Ready\n"); !shown) return Unexpected(shown.error());
    return program;
  }

  // Runs a command to its end and returns its output.
  Result<std::string> run(std::string_view node, const std::string& command) {
    const Result<Program*> program = type(node, command);
    if (!program) return Unexpected(program.error());
    return finish(**program);
  }

  Result<std::string> finish(const Program& program) {
    if (Result<void> ended = await_end(program); !ended) return Unexpected(ended.error());
    if (Result<void> shown = transcript_.output(program.out.text()); !shown) return Unexpected(shown.error());
    return program.out.text();
  }

  Result<void> open_hub() {
    const Result<std::uint16_t> port = find_free_port();
    if (!port) return Unexpected(port.error());
    const std::string server = fmt::format("nats://127.0.0.1:{}", *port);
    if (Result<void> shown = transcript_.remark("A fleet of three nodes and its server:\n\n"); !shown) return shown;
    if (Result<void> shown =
            transcript_.command(kHub, fmt::format("remaphore-fleet init fleet --server {} \\", server));
        !shown)
      return shown;
    std::vector<std::string> words{own_program(), "init", "fleet", "--server", server};
    std::string nodes;
    for (const std::string_view node : {kLeft, kRight, kUploader}) {
      words.push_back(fmt::format("{}{}", kFleet, node));
      nodes += ' ' + words.back();
    }
    if (Result<void> shown = transcript_.output("    " + nodes + "\n"); !shown) return shown;
    const Result<Program*> init = programs_.start(std::string(kHub), std::move(words), folder_);
    if (!init) return Unexpected(init.error());
    if (const Result<std::string> output = finish(**init); !output) return Unexpected(output.error());
    if (Result<void> shown = transcript_.command(kHub, "remaphore-fleet hub fleet"); !shown) return shown;
    const Result<Program*> hub = programs_.start(std::string(kHub), {own_program(), "hub", "fleet"}, folder_);
    if (!hub) return Unexpected(hub.error());
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
    if (!left) return Unexpected(left.error());
    const Result<Program*> right = listen(kRight, wait_command(kRight));
    if (!right) return Unexpected(right.error());
    if (const Result<std::string> sent = run(kUploader, "remaphore -s -u upload_done"); !sent)
      return Unexpected(sent.error());
    for (const Program* program : {*left, *right}) {
      const Result<std::string> output = finish(*program);
      if (!output) return Unexpected(output.error());
      if (*output != fmt::format("{} downloads\n", program->name))
        return fail(Errc::kRuntime, fmt::format("{} printed {}", program->name, quote(*output)));
    }
    return {};
  }

  Result<void> ask_everyone() {
    if (Result<void> shown =
            transcript_.remark("\nBoth run a command for each message; one request collects the answers:\n\n");
        !shown)
      return shown;
    for (const std::string_view node : {kLeft, kRight}) {
      const Result<Program*> program = listen(node, fmt::format("remaphore -q echo {} heard", node));
      if (!program) return Unexpected(program.error());
    }
    const Result<std::string> answers = run(kUploader, "remaphore -r hello");
    if (!answers) return Unexpected(answers.error());
    for (const std::string_view node : {kLeft, kRight}) {
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

Result<FolderAside> temporary_folder() {
  const char* place = std::getenv("TMPDIR");
  return FolderAside::make(fmt::format("{}/remaphore-demo", place != nullptr && *place != '\0' ? place : "/tmp"), 0700);
}

}  // namespace

Result<int> run_demo(const Options& options) {
  if (const Result<std::string> server = find_nats_server(); !server) return Unexpected(server.error());
  const Result<std::string> remaphore = find_remaphore();
  if (!remaphore) return Unexpected(remaphore.error());

  Signals signals;
  Result<void> played;
  {
    const Result<FolderAside> folder = temporary_folder();
    if (!folder) return Unexpected(folder.error());
    ProgramGroup programs(signals, std::chrono::steady_clock::now() + kAtMost);  // gone before the folder
    played = Demo(programs, folder->path(), *remaphore, options.json).play();
  }
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  if (!played) return Unexpected(played.error());
  return kDone;
}

}  // namespace remaphore::fleet
