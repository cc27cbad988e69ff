#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/redact.h"
#include "core/config_parser.h"
#include "fleet/block.h"
#include "fleet/commands.h"
#include "fleet/held_signals.h"
#include "fleet/node.h"
#include "fleet/published.h"
#include "fleet/report.h"
#include "fleet/staged_files.h"
#include "io/descriptor.h"
#include "io/payload_file.h"
#include "io/signals.h"

namespace remaphore::fleet {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(30);  // with standard input

// The config, opened and locked against another apply. The lock is on the file itself, which others cannot open.
Result<Descriptor> lock_config(const std::string& path) {
  while (true) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    const auto cannot = [&path] {
      return fail(Errc::kConfig, fmt::format("{}: {}", display_path(path), std::strerror(errno)));
    };
    if (!file || ::flock(file.get(), LOCK_EX) != 0) return cannot();
    struct stat opened {
    }, current{};
    if (::fstat(file.get(), &opened) != 0 || ::stat(path.c_str(), &current) != 0) return cannot();
    if (opened.st_dev == current.st_dev && opened.st_ino == current.st_ino) return file;  // else it was replaced
  }
}

// The node of this config in the roster: the one whose public key is among its identities. nullptr: it is not named.
const RosterNode* find_self(const Config& config, const Roster& roster) {
  const RosterNode* revoked = nullptr;
  for (const Identity& identity : config.identities) {
    const PublicKey key = identity.secret_key.public_key();
    if (const RosterNode* node = roster.find(key)) return node;
    if (revoked == nullptr) revoked = roster.find_revoked(key);
  }
  return revoked;
}

// A roster that came in a message must be the fleet's, whatever else the listener would have accepted.
Result<void> check_sender(const BlockOrigin& origin) {
  const char* sender = std::getenv("REMAPHORE_SENDER");
  if (sender == nullptr || (origin.fleet && keys::to_base58(origin.fleet->key) == sender)) return {};
  return fail(Errc::kUsage, fmt::format("this roster was sent by {}, which is not the fleet", quote_redacted(sender)));
}

Result<void> check_origin(const BlockOrigin& origin, const Roster& roster) {
  if (origin.fleet &&
      (origin.fleet->key != roster.fleet->key || origin.fleet->destination != roster.fleet->destination)) {
    return fail(Errc::kUsage, fmt::format("the roster belongs to a different fleet, {} {}", roster.fleet->destination,
                                          keys::to_base58(roster.fleet->key)));
  }
  if (roster.serial <= origin.serial) {
    return fail(Errc::kUsage, fmt::format("the roster's serial number {} is not higher than {}, which was applied",
                                          roster.serial, origin.serial));
  }
  return {};
}

struct Applied {
  std::string text;  // the new config; the caller wipes it
  std::string summary;
  std::size_t peers;
  bool revoked;
};

Result<Applied> apply_to(const std::string& text, const Published& published) {
  const Result<BlockOrigin> origin = read_origin(text);
  if (!origin) return pass_on(origin);
  const Roster& roster = published.roster;
  if (Result<void> good = check_sender(*origin); !good) return pass_on(good);
  if (Result<void> good = check_origin(*origin, roster); !good) return pass_on(good);
  const Result<Config> before = parse_config({text.begin(), text.end()}, "it");
  if (!before) return pass_on(before);
  const RosterNode* self = find_self(*before, roster);
  if (self == nullptr) {
    return fail(Errc::kUsage,
                fmt::format("the roster does not name {} with any key of this config", before->destination));
  }
  Result<std::string> after = with_peers(text, roster, self->destination);
  if (!after) return pass_on(after);
  const Result<Config> config = parse_config({after->begin(), after->end()}, "it");
  if (!config) return pass_on(config);
  Applied applied{std::move(*after), {}, config->peers.all().size(), self->revoked.has_value()};
  applied.summary = fmt::format("serial {}, {} peers", roster.serial, applied.peers);
  if (applied.revoked) applied.summary += "; this node is revoked";
  const std::string_view own = before->default_signer().verbs.text();
  if (const std::string verbs = join(self->verbs, ","); !applied.revoked && verbs != own) {
    applied.summary += fmt::format("; it may send [{}], but its identity line says [{}]: copy its config", verbs, own);
  }
  return applied;
}

}  // namespace

Result<ExitStatus> run_apply(const Options& options) {
  if (!options.operands.empty() && options.operands.front() != kRosterVerb)  // what a listener appends to its command
    return fail(Errc::kUsage, fmt::format("a roster comes with the verb {}, not {}", kRosterVerb,
                                          quote_redacted(options.operands.front())));
  Signals signals;
  Result<std::string> input = read_payload({}, signals, std::chrono::steady_clock::now() + kTimeout);
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  if (!input) return pass_on(input);
  const Result<Published> published = parse_published(*input);
  if (!published) return fail(Errc::kUsage, fmt::format("not a roster: {}", published.error().message));
  const std::string path = absolute_path(options.place);
  const Result<Descriptor> lock = lock_config(path);
  if (!lock) return pass_on(lock);
  Result<std::string> text = read_whole(path, kMaxConfigBytes);
  if (!text) return pass_on(text);
  Result<Applied> applied = apply_to(*text, *published);
  keys::wipe(*text);
  if (!applied) return fail(applied.error().code, fmt::format("{}: {}", display_path(path), applied.error().message));
  Result<void> written;
  {
    const HeldSignals held;
    written = rewrite({{path, applied->text}}, Owner::kKept);
  }
  keys::wipe(applied->text);
  if (!written) return pass_on(written);
  Report report(options.format);
  report.text(applied->summary + '\n');
  report.object(JsonObject()
                    .text("type", "applied")
                    .count("serial", published->roster.serial)
                    .count("peers", applied->peers)
                    .flag("revoked", applied->revoked));
  return report.end(ExitStatus::kOk);
}

}  // namespace remaphore::fleet
