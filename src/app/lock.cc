#include "app/lock.h"

#include <utility>

#include "app/lock_client.h"

namespace remaphore {

Lock::Lock(LockOptions options, const Config& config, BusDispatch& bus, const Clock& clock, Log& log)
    : client_(std::make_unique<Client>(std::move(options), config, clock, log)) {
  bus.attach(client_->streams());
  bus.attach(*client_);
}

Lock::~Lock() = default;

std::optional<LockEvent> Lock::next_event() {
  if (auto event = client_->machine().next_event()) return event;
  client_->step();
  return client_->machine().next_event();
}

void Lock::release() { client_->machine().release(client_->now()); }

Deadline Lock::wake() const { return client_->wake(); }
std::optional<BootTime> Lock::boot_wake() const { return client_->machine().boot_wake(); }
std::optional<LockDeadlines> Lock::deadlines() const { return client_->machine().deadlines(); }
Duration Lock::out_of_touch() const { return client_->now().boot - client_->machine().own().sent().boot; }
std::uint64_t Lock::ticket() const { return client_->machine().own().ticket(); }

}  // namespace remaphore
