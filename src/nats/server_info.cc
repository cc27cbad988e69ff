#include "nats/server_info.h"

#include <fmt/format.h>

#include "base/json_fields.h"
#include "base/text.h"

namespace remaphore::nats {
namespace {

class Reader : public JsonVisitor {
 public:
  bool field(const JsonField& field) override {
    using Kind = JsonField::Kind;
    if (field.depth > 1) {
      if (field.outer == "connect_urls" && field.element && field.kind == Kind::kText &&
          info.connect_urls.size() < ServerInfo::kMaxConnectUrls) {
        info.connect_urls.emplace_back(field.text);
      }
      return true;
    }
    if (field.name == "tls_required") return info.tls_required = field.boolean, field.kind == Kind::kBoolean;
    if (field.name == "tls_available") return info.tls_available = field.boolean, field.kind == Kind::kBoolean;
    if (field.name == "ldm") return info.lame_duck = field.boolean, field.kind == Kind::kBoolean;
    if (field.name == "jetstream") info.jetstream = field.boolean;
    if (field.name == "nonce") {
      info.nonce = field.text;
      return field.kind == Kind::kText && field.text.size() <= ServerInfo::kMaxNonce;
    }
    if (field.name == "server_id") take_name(field, info.id);
    if (field.name == "cluster") take_name(field, info.cluster);
    if (field.name == "lnoc") in_cluster_ = true;  // sent to routes only, since 2.2
    if (field.name == "gateway_url") in_gateway_ = true;
    if (field.name == "leafnode_urls") in_leaf_node_ = true;  // also sent between routes
    if (field.name == "connect_urls") return field.kind == Kind::kArray;
    if (field.name == "max_payload") {
      info.max_payload = static_cast<std::size_t>(field.integer);
      return field.kind == Kind::kInteger && field.integer >= 0;
    }
    return true;
  }

  ServerInfo::Port port() const {
    if (in_gateway_) return ServerInfo::Port::kGateway;
    if (in_cluster_) return ServerInfo::Port::kCluster;
    return in_leaf_node_ ? ServerInfo::Port::kLeafNode : ServerInfo::Port::kClient;
  }

  ServerInfo info;

 private:
  static void take_name(const JsonField& field, std::string& name) {
    if (field.kind == JsonField::Kind::kText && field.text.size() <= ServerInfo::kMaxName) name = field.text;
  }

  bool in_cluster_ = false, in_gateway_ = false, in_leaf_node_ = false;
};

}  // namespace

Result<ServerInfo> parse_server_info(std::string_view json) {
  Reader reader;
  if (!visit_fields(json, reader)) {
    return fail(Errc::kConnection, fmt::format("invalid INFO from the server: {}", quote(json)));
  }
  reader.info.port = reader.port();
  return std::move(reader.info);
}

std::string_view wrong_port(const ServerInfo& info) {
  switch (info.port) {
    case ServerInfo::Port::kClient: break;
    case ServerInfo::Port::kCluster:
      return "it is a cluster port, for other servers; clients use another, usually 4222";
    case ServerInfo::Port::kGateway:
      return "it is a gateway port, for other servers; clients use another, usually 4222";
    case ServerInfo::Port::kLeafNode:
      return "it is a leaf node port, for other servers; clients use another, usually 4222";
  }
  return {};
}

}  // namespace remaphore::nats
