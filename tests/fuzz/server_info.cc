// The JSON of an INFO: accepted exactly if it is an object whose known fields have the right types, and then bounded.

#include "nats/server_info.h"

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"

namespace remaphore {
namespace {

using fuzz::require;
using nlohmann::json;

bool right_types(const json& info) {
  for (const char* name : {"tls_required", "tls_available", "ldm"}) {
    if (info.contains(name) && !info[name].is_boolean()) return false;
  }
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (info.contains("max_payload")) {
    const json& size = info["max_payload"];
    if (!size.is_number_integer()) return false;
    // -0 is a zero with a sign to this reader.
    if (size.is_number_unsigned() ? size.get<std::uint64_t>() > kMax : size.get<std::int64_t>() < 0) return false;
  }
  if (info.contains("connect_urls") && !info["connect_urls"].is_array()) return false;
  return !info.contains("nonce") ||
         (info["nonce"].is_string() && info["nonce"].get<std::string>().size() <= nats::ServerInfo::kMaxNonce);
}

void compare(const nats::ServerInfo& ours, const json& info) {
  require(ours.max_payload == info.value("max_payload", std::size_t{1} << 20), "max_payload is read");
  require(ours.tls_required == info.value("tls_required", false), "tls_required is read");
  require(ours.tls_available == info.value("tls_available", false), "tls_available is read");
  require(ours.lame_duck == info.value("ldm", false), "ldm is read");
  require(ours.nonce == info.value("nonce", ""), "nonce is read");
  std::vector<std::string> urls;
  if (info.contains("connect_urls")) {
    for (const json& url : info["connect_urls"]) {
      if (url.is_string() && urls.size() < nats::ServerInfo::kMaxConnectUrls) urls.push_back(url.get<std::string>());
    }
  }
  require(ours.connect_urls == urls, "connect_urls are read");
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  const std::string_view text = fuzz::text_of(data, size);
  const auto ours = nats::parse_server_info(text);

  std::map<std::string, int> seen;  // how often each key of the outer object occurs
  bool repeated = false;
  const auto count = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) repeated = ++seen[parsed.get<std::string>()] > 1 || repeated;
    return true;
  };
  if (text.find('\0') != text.npos) return 0;  // the other reader takes it for the end
  json info;
  try {
    info = json::parse(text, count);
  } catch (const json::parse_error&) {
    info = json::value_t::discarded;
  } catch (const json::out_of_range&) {
    return 0;  // a number beyond a double, which ours does not read
  }
  if (ours) {
    fuzz::require(info.is_object(), "what is accepted is a JSON object");
    fuzz::require(ours->nonce.size() <= nats::ServerInfo::kMaxNonce, "the nonce is bounded");
    fuzz::require(ours->connect_urls.size() <= nats::ServerInfo::kMaxConnectUrls, "the urls are bounded");
  } else {
    fuzz::require(ours.error().code == Errc::kConnection && fuzz::is_one_line(ours.error().message),
                  "an error is one line");
  }
  if (repeated) return 0;  // then the two readers may differ on which one counts
  fuzz::require(ours.has_value() == (info.is_object() && right_types(info)), "accepted exactly if it is well typed");
  if (ours) compare(*ours, info);
  return 0;
}
