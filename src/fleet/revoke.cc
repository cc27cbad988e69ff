#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "core/config_parser.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/generator.h"
#include "fleet/held_signals.h"
#include "fleet/whole_file.h"
#include "io/stdout_writer.h"

namespace remaphore::fleet {
namespace {

Result<void> mark_revoked(Roster& roster, const std::vector<std::string>& destinations, std::int64_t now) {
  for (const std::string& destination : destinations) {
    bool found = false, before = false;
    for (Member& member : roster.members) {
      if (member.destination != destination) continue;
      before = before || member.revoked;
      if (member.revoked) continue;
      member.revoked = now;
      found = true;
    }
    if (!found && before) return fail(Errc::kUsage, fmt::format("{} was revoked already", destination));
    if (!found) return fail(Errc::kUsage, fmt::format("{} is not in the fleet", quote(destination)));
  }
  return {};
}

// To revoked/DESTINATION, or DESTINATION.2 and so on if one of this name was revoked before.
Result<std::string> move_away(const Folder& folder, const std::string& destination) {
  const std::string from = folder.node(destination), base = folder.file("revoked/" + destination);
  std::string to = base;
  for (int number = 2; exists(to); ++number) to = fmt::format("{}.{}", base, number);
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return fail(Errc::kRuntime, fmt::format("cannot move {} to {}: {}", from, to, std::strerror(errno)));
  }
  return to;
}

// The server first, since it shuts the nodes out; the roster last: until it says so, the command can be repeated. Where
// their folders are now, a line each.
Result<std::string> write(const Folder& folder, const Roster& roster, const Rewrite& hub,
                          const std::vector<Change>& changes, const std::vector<std::string>& destinations) {
  const HeldSignals held;
  if (Result<void> written = rewrite({hub}); !written) return Unexpected(written.error());
  if (Result<void> applied = apply(changes); !applied) return Unexpected(applied.error());
  const std::string graveyard = folder.file("revoked");
  if (!exists(graveyard)) {
    if (Result<void> made = make_folder(graveyard, kNodeFolder); !made) return Unexpected(made.error());
  }
  std::string moved;
  for (const std::string& destination : destinations) {
    if (!exists(folder.node(destination))) continue;  // moved by a run that did not reach its end
    const Result<std::string> to = move_away(folder, destination);
    if (!to) return Unexpected(to.error());
    moved += fmt::format("  {}\n", *to);
  }
  if (Result<void> written = folder.write_roster(roster); !written) return Unexpected(written.error());
  return moved;
}

}  // namespace

Result<int> run_revoke(const Options& options) {
  const Result<Folder> folder = Folder::open(options.folder);
  if (!folder) return Unexpected(folder.error());
  Result<Roster> roster = folder->read_roster();
  if (!roster) return Unexpected(roster.error());
  const std::int64_t now = now_in_seconds();
  if (Result<void> marked = mark_revoked(*roster, options.nodes, now); !marked) return Unexpected(marked.error());
  const Result<FleetKeys> keys = folder->read_keys();
  if (!keys) return Unexpected(keys.error());
  const std::string hub = folder->file("hub/nats-server.conf");
  const Result<std::string> old = read_whole(hub, kMaxConfigBytes);
  if (!old) return Unexpected(old.error());
  const Result<std::string> config = with_account(*old, keys->account_public(), account_token(*keys, *roster, now));
  if (!config) return fail(Errc::kConfig, fmt::format("{}: {}", hub, config.error().message));
  const Result<std::vector<Change>> changes = plan_peers(*folder, *roster, configured(*roster));
  if (!changes) return Unexpected(changes.error());
  if (Result<void> good = check_writable(*folder, {"hub", "nodes"}, *changes); !good) return Unexpected(good.error());

  const Result<std::string> moved = write(*folder, *roster, {hub, *config}, *changes, options.nodes);
  if (!moved) return Unexpected(moved.error());
  const std::string text = fmt::format(
      "revoked, moved to:\n{}"
      "changed, copy it to the server if that reads a copy, then kill -HUP the server (systemctl reload nats-server):\n"
      "  {}\n{}",
      *moved, hub, describe(*changes));
  if (Result<void> printed = print(text); !printed) return Unexpected(printed.error());
  return kDone;
}

}  // namespace remaphore::fleet
