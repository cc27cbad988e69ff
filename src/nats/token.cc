#include "nats/token.h"

#include <nlohmann/json.hpp>

#include "base/base32.h"
#include "base/base64.h"
#include "base/json_fields.h"
#include "nats/nkey.h"

namespace remaphore::nats {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string sign_token(const SecretKey& issuer, const Json& claims) {
  const Json header = {{"typ", "JWT"}, {"alg", "ed25519-nkey"}};
  const std::string body = base64url(dump(header)) + '.' + base64url(dump(claims));
  return body + '.' + base64url(issuer.sign(body).bytes);
}

// The claims in the order in which the Go library writes them.
Json claims_of(std::string issuer, std::string subject, std::string_view name, const Stamp& stamp, Json nats) {
  Json claims = Json::object();
  if (stamp.expires) claims["exp"] = *stamp.expires;
  claims["jti"] = base32::encode(stamp.id);
  claims["iat"] = stamp.issued;
  claims["iss"] = std::move(issuer);
  claims["name"] = name;
  claims["sub"] = std::move(subject);
  nats["version"] = 2;
  claims["nats"] = std::move(nats);
  return claims;
}

// Takes fields of the right type and ignores the rest: all are optional.
class ClaimsReader : public JsonVisitor {
 public:
  bool field(const JsonField& field) override {
    const auto text = [&](std::string& into) {
      if (field.kind == JsonField::Kind::kText) into = field.text;
    };
    const auto integer = [&](std::optional<std::int64_t>& into) {
      if (field.kind == JsonField::Kind::kInteger) into = field.integer;
    };
    if (field.depth > 1) {
      if (field.outer == "nats" && field.name == "type") text(claims.type);
      return true;
    }
    if (field.name == "iss") text(claims.issuer);
    if (field.name == "sub") text(claims.subject);
    if (field.name == "name") text(claims.name);
    if (field.name == "iat") integer(claims.issued);
    if (field.name == "exp") integer(claims.expires);
    return true;
  }

  Claims claims;
};

class LimitReader : public JsonVisitor {
 public:
  bool field(const JsonField& field) override {
    if (field.outer == "nats.limits" && field.name == "disk_storage") may_keep = field.integer != 0;
    return true;
  }

  bool may_keep = false;
};

class PermissionReader : public JsonVisitor {
 public:
  bool field(const JsonField& field) override {
    if (!field.element || field.kind != JsonField::Kind::kText) return true;
    if (field.outer == "nats.pub.allow") permissions.publish.emplace_back(field.text);
    if (field.outer == "nats.sub.allow") permissions.subscribe.emplace_back(field.text);
    return true;
  }

  Permissions permissions;
};

// The JSON of a token's claims.
Result<std::string> read_body(std::string_view token) {
  if (token.size() > kMaxToken) return fail(Errc::kFormat, "the token is longer than 64 KiB");
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return fail(Errc::kFormat, "the token does not have three parts joined by dots");
  }
  std::optional<std::string> text = decode_base64url(token.substr(first + 1, second - first - 1));
  if (!text) return fail(Errc::kFormat, "the token's second part is not base64url");
  return std::move(*text);
}

}  // namespace

std::string mint_operator(const SecretKey& operator_key, std::string_view name, std::string_view system_account,
                          const Stamp& stamp) {
  const std::string self = encode_public(NkeyKind::kOperator, operator_key.public_key());
  Json nats = {{"system_account", system_account}, {"type", "operator"}};
  return sign_token(operator_key, claims_of(self, self, name, stamp, std::move(nats)));
}

std::string mint_account(const SecretKey& operator_key, const PublicKey& account, std::string_view name,
                         const std::vector<Revocation>& revocations, const Stamp& stamp, Streams streams) {
  Json nats = Json::object();
  nats["limits"] = {{"subs", -1},    {"data", -1},        {"payload", -1}, {"imports", -1},
                    {"exports", -1}, {"wildcards", true}, {"conn", -1},    {"leaf", -1}};
  if (streams == Streams::kAllowed) nats["limits"]["disk_storage"] = -1;
  for (const Revocation& revocation : revocations) nats["revocations"][revocation.user] = revocation.at;
  nats["type"] = "account";
  return sign_token(operator_key, claims_of(encode_public(NkeyKind::kOperator, operator_key.public_key()),
                                            encode_public(NkeyKind::kAccount, account), name, stamp, std::move(nats)));
}

std::string mint_user(const SecretKey& account_key, const PublicKey& user, std::string_view name,
                      const Permissions& permissions, const Stamp& stamp) {
  Json nats = Json::object();
  nats["pub"] = Json::object();
  nats["sub"] = Json::object();
  if (!permissions.publish.empty()) nats["pub"]["allow"] = permissions.publish;
  if (!permissions.subscribe.empty()) nats["sub"]["allow"] = permissions.subscribe;
  for (const char* limit : {"subs", "data", "payload"}) nats[limit] = -1;
  nats["type"] = "user";
  return sign_token(account_key, claims_of(encode_public(NkeyKind::kAccount, account_key.public_key()),
                                           encode_public(NkeyKind::kUser, user), name, stamp, std::move(nats)));
}

Result<Claims> read_claims(std::string_view token) {
  const Result<std::string> text = read_body(token);
  if (!text) return pass_on(text);
  ClaimsReader reader;
  if (!visit_fields(*text, reader)) return fail(Errc::kFormat, "the token's second part is not a JSON object");
  return std::move(reader.claims);
}

bool may_keep(std::string_view token) {
  const Result<std::string> text = read_body(token);
  LimitReader reader;
  return text && visit_fields(*text, reader, 3) && reader.may_keep;
}

Result<Permissions> read_permissions(std::string_view token) {
  const Result<std::string> text = read_body(token);
  if (!text) return pass_on(text);
  PermissionReader reader;
  if (!visit_fields(*text, reader, 4)) return fail(Errc::kFormat, "the token's second part is not a JSON object");
  return std::move(reader.permissions);
}

}  // namespace remaphore::nats
