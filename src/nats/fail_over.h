// What follows the loss of a link, or a failed attempt to make one: the next address of the same server, the next
// server, or nothing any more because every server refuses our credentials for good. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/server_address.h"
#include "nats/address_failures.h"
#include "nats/refusals.h"
#include "nats/server_list.h"

namespace remaphore::nats {

class FailOver {
 public:
  // The parameters are those of ServerList and Refusals.
  FailOver(std::vector<ServerAddress> servers, unsigned refusals, Duration outlasts_refusals)
      : most_refusals_(refusals), servers_(std::move(servers), refusals), refusals_(outlasts_refusals) {}

  ServerList& servers() { return servers_; }
  const ServerList& servers() const { return servers_; }
  void replace_servers(std::vector<ServerAddress> servers) {
    servers_ = ServerList(std::move(servers), most_refusals_);
  }

  // The first address of the current server is tried next.
  void begin_server() { failures_ = {}; }

  struct Loss {
    std::string why;
    AddressFailures::Kind kind;
    bool logged_in = false;           // there was a link, and the server had accepted us
    bool lasted = false;              // the link lasted for a while
    bool has_more_addresses = false;  // of the same server, which have not been tried yet
    bool will_be_replaced = false;    // the servers: no refusal by the present ones is final
  };
  enum class Next { kAddress, kServer, kNothing };
  Next lost(const Loss& loss, MonotonicTime now);

  // After lost(). For kNothing: the refusal.
  const std::string& reason() const { return reason_; }
  // After kServer: moves to it, and returns how long to wait before it is tried; `random` is uniform.
  Duration advance(std::uint16_t random) { return servers_.advance(random); }

 private:
  unsigned most_refusals_;
  ServerList servers_;
  AddressFailures failures_;  // of the current server
  Refusals refusals_;
  std::string reason_;
};

}  // namespace remaphore::nats
