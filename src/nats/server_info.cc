#include "nats/server_info.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.h"

namespace remaphore::nats {
namespace {

// Reads the fields as they pass by, without building a tree: what a server nests deeply costs nothing. A handler that
// returns false ends the parse.
class Reader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return other(); }
  bool boolean(bool value) {
    if (is("tls_required")) return info.tls_required = value, true;
    if (is("tls_available")) return info.tls_available = value, true;
    if (is("ldm")) return info.lame_duck = value, true;
    return other();
  }
  bool number_unsigned(number_unsigned_t value) {
    if (is("max_payload")) return info.max_payload = static_cast<std::size_t>(value), true;
    return other();
  }
  bool number_integer(number_integer_t) { return other(); }  // negative ones only
  bool number_float(number_float_t, const string_t&) { return other(); }
  bool string(string_t& value) {
    if (in_urls_ && depth_ == 2 && info.connect_urls.size() < ServerInfo::kMaxConnectUrls) {
      info.connect_urls.push_back(value);
    }
    if (is("nonce")) return info.nonce = value, value.size() <= ServerInfo::kMaxNonce;
    return other();
  }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) {
    if (depth_ > 0 && !other()) return false;
    ++depth_;
    return true;
  }
  bool start_array(std::size_t) {
    in_urls_ = in_urls_ || is("connect_urls");
    if (!is("connect_urls") && !other()) return false;
    ++depth_;
    return true;
  }
  bool end_object() { return --depth_, true; }
  bool end_array() {
    if (--depth_ == 1) in_urls_ = false;
    return true;
  }
  bool key(string_t& name) {
    if (depth_ == 1) key_ = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) { return false; }

  ServerInfo info;

 private:
  bool is(std::string_view name) const { return depth_ == 1 && key_ == name; }
  // A value that no field of ours takes: fine inside the outer object, unless it stands where one of ours belongs.
  bool other() const {
    return depth_ > 0 && !is("max_payload") && !is("nonce") && !is("tls_required") && !is("tls_available") &&
           !is("ldm") && !is("connect_urls");
  }

  std::string key_;
  std::size_t depth_ = 0;
  bool in_urls_ = false;
};

}  // namespace

Result<ServerInfo> parse_server_info(std::string_view json) {
  Reader reader;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader)) {
    return fail(Errc::kConnection, fmt::format("the server's INFO is not what a NATS server says: {}", quote(json)));
  }
  return std::move(reader.info);
}

}  // namespace remaphore::nats
