// One link to the bus, shared by independent clients: each is told of the link's state and of the messages of its own
// subscriptions. Clients are notified in the order in which they were attached.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ports/bus.h"

namespace remaphore {

class BusDispatch;

// Events as in ports/bus.h. A lost link takes a client's subscriptions with it: it subscribes again at each opened().
class BusClient {
 public:
  BusClient() = default;
  BusClient(const BusClient&) = delete;
  BusClient& operator=(const BusClient&) = delete;
  virtual ~BusClient();  // detaches

  virtual void opened() {}
  virtual void flushed(FlushId) {}                        // of this client
  virtual void delivered(const Delivery& /*message*/) {}  // for a subscription of this client
  virtual void denied(const Denial& /*denial*/) {}        // of any client: not every denial says what it denies
  virtual void lost(const LinkLost& /*loss*/) {}
  virtual void refused(const std::string& /*why*/) {}

 protected:
  BusDispatch& bus() const { return *dispatch_; }  // once attached

 private:
  friend class BusDispatch;
  BusDispatch* dispatch_ = nullptr;
};

class BusDispatch {
 public:
  // The bus must outlive it. It must outlive its clients, unless they are detached first.
  explicit BusDispatch(Bus& bus) : bus_(bus) {}
  BusDispatch(const BusDispatch&) = delete;
  BusDispatch& operator=(const BusDispatch&) = delete;
  ~BusDispatch();

  // If there is a link, the client is notified at once.
  void attach(BusClient& client);
  void detach(BusClient& client);

  void connect() { bus_.connect(); }
  // Dispatches all pending events.
  void dispatch();

  // The same as in Bus, on behalf of a client.
  SubscriptionId subscribe(BusClient& client, std::string_view subject);
  void unsubscribe(SubscriptionId id);
  void publish(const Outgoing& message) { bus_.publish(message); }
  FlushId flush(BusClient& client);
  std::size_t unsent() const { return bus_.unsent(); }
  bool has_unread() const { return bus_.has_unread(); }
  std::size_t max_payload() const { return bus_.max_payload(); }
  std::string_view inbox_prefix() const { return bus_.inbox_prefix(); }
  bool has_streams() const { return bus_.has_streams(); }
  bool in_cluster() const { return bus_.in_cluster(); }

 private:
  void hand_out(const LinkOpen& open);
  void hand_out(const Flushed& flushed);
  void hand_out(const Delivery& message);
  void hand_out(const Denial& denial);
  void hand_out(const LinkLost& loss);
  void hand_out(const LinkRefused& refusal);
  void forget_link();
  template <class Call>
  void notify_all(Call call);

  Bus& bus_;
  bool open_ = false;
  std::vector<BusClient*> clients_;  // nullptr: detached during a notification
  // What belongs to this link.
  std::map<SubscriptionId, BusClient*> subscribers_;
  std::map<FlushId, BusClient*> flushers_;  // whose flush is not confirmed yet
};

}  // namespace remaphore
