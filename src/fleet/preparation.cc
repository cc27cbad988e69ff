#include "fleet/preparation.h"

#include <fmt/format.h>

#include <utility>

#include "base/duration.h"
#include "fleet/admin_link.h"
#include "fleet/folder.h"
#include "fleet/hub_servers.h"
#include "fleet/shell_word.h"

namespace remaphore::fleet {

Preparation::Preparation(std::string folder, ServerAddress listen_address)
    : folder_(std::move(folder)), address_(own_address(std::move(listen_address))) {}

Result<void> Preparation::begin() {
  end();
  notes_.clear();
  const Folder folder = Folder::unlocked(folder_);
  const std::string seed = folder.file("secrets/account.seed");
  Roster roster;
  FleetKeys keys = FleetKeys::generate();  // of no fleet: enough to learn whether the server answers
  std::vector<jetstream::StreamConfig> streams;
  if (exists(folder.file("roster")) && exists(seed)) {
    Result<Roster> read = folder.read_roster();
    if (!read) return pass_on(read);
    Result<FleetKeys> own = folder.read_keys();
    if (!own) return pass_on(own);
    roster = std::move(*read);
    keys = std::move(*own);
    streams = streams_of(roster.subject, roster.retention, hub_config_paths(folder).size());
  } else {
    notes_.push_back(
        fmt::format("{} is missing, so the streams are unchanged; on the machine that has the fleet, run: "
                    "remaphore-fleet provision {}",
                    seed, shell_path(folder_)));
  }
  alone_ = hub_config_paths(folder).size() < 2;
  begun_ = clock_.monotonic();
  connection_.emplace(admin_options(keys, roster, {address_}, seed), clock_);
  provisioner_.emplace(*connection_, clock_, std::move(streams));
  provisioner_->begin();
  under_way_ = true;
  return {};
}

void Preparation::turn() {
  provisioner_->turn();
  failure_ = provisioner_->failure();
  if (failure_ || provisioner_->done()) {
    if (provisioner_->changed())
      notes_.insert(notes_.end(), provisioner_->report().begin(), provisioner_->report().end());
  } else if (alone_ && clock_.monotonic() >= begun_ + kTimeout) {
    failure_ = {Errc::kRuntime, fmt::format("the server was not ready within {}: {}", format_duration(kTimeout),
                                            provisioner_->wait_reason())};
  }
}

std::optional<MonotonicTime> Preparation::wake_at() const {
  if (!under_way_) return std::nullopt;
  MonotonicTime next = begun_ + kTimeout;
  if (!reported_wait_) next = std::min(next, begun_ + kReportDelay);
  if (const auto ask = provisioner_->wake_at()) next = std::min(next, *ask);
  return !alone_ && next <= clock_.monotonic() ? provisioner_->wake_at() : next;
}

void Preparation::end() {
  under_way_ = reported_wait_ = false;
  failure_.reset();
  provisioner_.reset();
  connection_.reset();
}

std::string Preparation::take_wait_reason() {
  if (reported_wait_ || clock_.monotonic() < begun_ + kReportDelay || provisioner_->wait_reason().empty()) return {};
  reported_wait_ = true;
  return fmt::format("not ready yet: {}", provisioner_->wait_reason());
}

void Preparation::prepare(PollSet& set) {
  if (connection_) connection_->prepare(set);
}

void Preparation::dispatch(const PollSet& set) {
  if (connection_) connection_->dispatch(set);
}

}  // namespace remaphore::fleet
