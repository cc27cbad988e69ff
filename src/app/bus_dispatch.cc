#include "app/bus_dispatch.h"

#include <algorithm>
#include <variant>

namespace remaphore {

BusClient::~BusClient() {
  if (dispatch_ != nullptr) dispatch_->detach(*this);
}

BusDispatch::~BusDispatch() {
  for (BusClient* client : clients_) {
    if (client != nullptr) client->dispatch_ = nullptr;
  }
}

void BusDispatch::attach(BusClient& client) {
  client.dispatch_ = this;
  clients_.push_back(&client);
  if (open_) client.opened();
}

void BusDispatch::detach(BusClient& client) {
  for (auto one = subscribers_.begin(); one != subscribers_.end();) {
    if (one->second != &client) {
      ++one;
      continue;
    }
    bus_.unsubscribe(one->first);
    one = subscribers_.erase(one);
  }
  std::erase_if(flushers_, [&](const auto& one) { return one.second == &client; });
  std::replace(clients_.begin(), clients_.end(), &client, static_cast<BusClient*>(nullptr));
  client.dispatch_ = nullptr;
}

SubscriptionId BusDispatch::subscribe(BusClient& client, std::string_view subject) {
  const SubscriptionId id = bus_.subscribe(subject);
  if (id != SubscriptionId::kNone) subscribers_[id] = &client;
  return id;
}

void BusDispatch::unsubscribe(SubscriptionId id) {
  subscribers_.erase(id);
  bus_.unsubscribe(id);
}

FlushId BusDispatch::flush(BusClient& client) {
  const FlushId id = bus_.flush();
  if (id != FlushId::kNone) flushers_[id] = &client;
  return id;
}

void BusDispatch::dispatch() {
  while (const auto event = bus_.next()) {
    std::visit([this](const auto& one) { hand_out(one); }, *event);
  }
  std::erase(clients_, nullptr);
}

void BusDispatch::hand_out(const LinkOpen&) {
  open_ = true;
  notify_all([](BusClient& client) { client.opened(); });
}

// Earlier flushes are confirmed as well. A client may flush again, and detach any.
void BusDispatch::hand_out(const Flushed& flushed) {
  while (!flushers_.empty() && flushers_.begin()->first <= flushed.id) {
    const auto [flush, client] = *flushers_.begin();
    flushers_.erase(flushers_.begin());
    client->flushed(flush);
  }
}

void BusDispatch::hand_out(const Delivery& message) {
  const auto subscriber = subscribers_.find(message.subscription);
  if (subscriber != subscribers_.end()) subscriber->second->delivered(message);
}

void BusDispatch::hand_out(const Denial& denial) {
  notify_all([&](BusClient& client) { client.denied(denial); });
}

void BusDispatch::hand_out(const LinkLost& loss) {
  forget_link();
  notify_all([&](BusClient& client) { client.lost(loss); });
}

void BusDispatch::hand_out(const LinkRefused& refusal) {
  forget_link();
  notify_all([&](BusClient& client) { client.refused(refusal.reason); });
}

void BusDispatch::forget_link() {
  open_ = false;
  subscribers_.clear();
  flushers_.clear();
}

// Iterates by index: a client may attach others, and detach any. A client attached meanwhile already knows of the link.
template <class Call>
void BusDispatch::notify_all(Call call) {
  const std::size_t told = clients_.size();
  for (std::size_t i = 0; i < told; ++i) {
    if (clients_[i] != nullptr) call(*clients_[i]);
  }
}

}  // namespace remaphore
