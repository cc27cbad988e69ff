#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/text.h"
#include "core/keys.h"
#include "fleet/commands.h"
#include "fleet/hub.h"
#include "fleet/process.h"
#include "fleet/stage.h"
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

// A transcript: what is typed at a node behind its prompt, what is printed there as it is.
Result<void> show_command(std::string_view node, std::string_view command) {
  return print(fmt::format("{}$ {}\n", node, command));
}

Result<void> show_output(std::string_view text) { return print(escape_control(text, Layout::kKept)); }

class Demo {
 public:
  Demo(Stage& stage, std::string folder, std::string remaphore)
      : stage_(stage), folder_(std::move(folder)), remaphore_(std::move(remaphore)) {}

  Result<void> play() {
    if (Result<void> result = open_hub(); !result) return result;
    if (Result<void> result = wait_for_upload(); !result) return result;
    return ask_everyone();
  }

 private:
  // `command` as typed in a shell of the node, with "remaphore" finding the node's config.
  Result<Actor*> type(std::string_view node, const std::string& command) {
    if (Result<void> shown = show_command(node, command); !shown) return Unexpected(shown.error());
    constexpr const char* kShell =
        "program=$1 config=$2; remaphore() { \"$program\" -c \"$config\" \"$@\"; }; eval \"$3\"";
    const std::string config = fmt::format("fleet/nodes/{}{}/remaphore.conf", kFleet, node);
    return stage_.start(std::string(node), {"/bin/sh", "-c", kShell, "sh", remaphore_, config, command}, folder_);
  }

  // Until its stderr holds `sign`; ending before is an error.
  Result<void> await_sign(const Actor& actor, std::string_view sign) {
    const auto ready = [&] { return actor.err.has(sign) || actor.done(); };
    if (Result<void> waited = stage_.wait(ready, fmt::format("\"{}\" from {}", trim(sign), actor.name)); !waited)
      return waited;
    return actor.err.has(sign) ? Result<void>() : ended_badly(actor);
  }

  Result<void> await_end(const Actor& actor) {
    if (Result<void> waited = stage_.wait([&] { return actor.done(); }, fmt::format("the end of {}", actor.name));
        !waited) {
      return waited;
    }
    return actor.process.status() == 0 ? Result<void>() : ended_badly(actor);
  }

  Unexpected<Error> ended_badly(const Actor& actor) {
    const std::string_view said = trim(actor.err.text());
    return fail(Errc::kRuntime,
                fmt::format("{} ended with status {}: {}", actor.name, actor.process.status().value_or(-1),
                            said.empty() ? "it said nothing" : escape_control(said)));
  }

  Result<Actor*> listen(std::string_view node, const std::string& command) {
    Result<Actor*> actor = type(node, command);
    if (!actor) return actor;
    if (Result<void> ready = await_sign(**actor, "Ready\n"); !ready) return Unexpected(ready.error());
    if (Result<void> shown = show_output("Ready\n"); !shown) return Unexpected(shown.error());
    return actor;
  }

  // From the command's start to its end, with its output.
  Result<std::string> run(std::string_view node, const std::string& command) {
    const Result<Actor*> actor = type(node, command);
    if (!actor) return Unexpected(actor.error());
    return finish(**actor);
  }

  Result<std::string> finish(const Actor& actor) {
    if (Result<void> ended = await_end(actor); !ended) return Unexpected(ended.error());
    if (Result<void> shown = show_output(actor.out.text()); !shown) return Unexpected(shown.error());
    return actor.out.text();
  }

  Result<void> open_hub() {
    const Result<std::uint16_t> port = find_free_port();
    if (!port) return Unexpected(port.error());
    const std::string server = fmt::format("nats://127.0.0.1:{}", *port);
    if (Result<void> shown = print("A fleet of three nodes and its server:\n\n"); !shown) return shown;
    if (Result<void> shown = show_command(kHub, fmt::format("remaphore-fleet init fleet --server {} \\", server));
        !shown)
      return shown;
    std::vector<std::string> words{own_program(), "init", "fleet", "--server", server};
    std::string nodes;
    for (const std::string_view node : {kLeft, kRight, kUploader}) {
      words.push_back(fmt::format("{}{}", kFleet, node));
      nodes += ' ' + words.back();
    }
    if (Result<void> shown = show_output("    " + nodes + "\n"); !shown) return shown;
    const Result<Actor*> init = stage_.start(std::string(kHub), std::move(words), folder_);
    if (!init) return Unexpected(init.error());
    if (const Result<std::string> output = finish(**init); !output) return Unexpected(output.error());
    if (Result<void> shown = show_command(kHub, "remaphore-fleet hub fleet"); !shown) return shown;
    const Result<Actor*> hub = stage_.start(std::string(kHub), {own_program(), "hub", "fleet"}, folder_);
    if (!hub) return Unexpected(hub.error());
    if (Result<void> ready = await_sign(**hub, "Server is ready"); !ready) return ready;
    return show_output("... Server is ready\n");
  }

  static std::string wait_command(std::string_view node) {
    return fmt::format("remaphore -u upload_done && echo {} downloads", node);
  }

  Result<void> wait_for_upload() {
    if (Result<void> shown = print("\nTwo nodes wait for an upload; one message releases both:\n\n"); !shown)
      return shown;
    const Result<Actor*> left = listen(kLeft, wait_command(kLeft));
    if (!left) return Unexpected(left.error());
    const Result<Actor*> right = listen(kRight, wait_command(kRight));
    if (!right) return Unexpected(right.error());
    if (const Result<std::string> sent = run(kUploader, "remaphore -s -u upload_done"); !sent)
      return Unexpected(sent.error());
    for (const Actor* actor : {*left, *right}) {
      const Result<std::string> output = finish(*actor);
      if (!output) return Unexpected(output.error());
      if (*output != fmt::format("{} downloads\n", actor->name))
        return fail(Errc::kRuntime, fmt::format("{} printed {}", actor->name, quote(*output)));
    }
    return {};
  }

  Result<void> ask_everyone() {
    if (Result<void> shown = print("\nBoth run a command for each message; one request collects the answers:\n\n");
        !shown)
      return shown;
    for (const std::string_view node : {kLeft, kRight}) {
      const Result<Actor*> actor = listen(node, fmt::format("remaphore -q echo {} heard", node));
      if (!actor) return Unexpected(actor.error());
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

  Stage& stage_;
  std::string folder_, remaphore_;
};

Result<FolderAside> temporary_folder() {
  const char* place = std::getenv("TMPDIR");
  return FolderAside::make(fmt::format("{}/remaphore-demo", place != nullptr && *place != '\0' ? place : "/tmp"), 0700);
}

}  // namespace

Result<int> run_demo(const Options&) {
  if (const Result<std::string> server = find_nats_server(); !server) return Unexpected(server.error());
  const Result<std::string> remaphore = find_remaphore();
  if (!remaphore) return Unexpected(remaphore.error());

  Signals signals;
  Result<void> played;
  {
    const Result<FolderAside> folder = temporary_folder();
    if (!folder) return Unexpected(folder.error());
    Stage stage(signals, std::chrono::steady_clock::now() + kAtMost);  // gone before the folder
    played = Demo(stage, folder->path(), *remaphore).play();
  }
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  if (!played) return Unexpected(played.error());
  return kDone;
}

}  // namespace remaphore::fleet
