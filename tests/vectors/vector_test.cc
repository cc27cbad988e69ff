// Judges every row of every vector file in a folder: $REMAPHORE_VECTORS, else the committed one.
//
// A file's name tells the kind of its rows ("messages"). Anything unknown (a file name, a key, a verdict) or missing (a
// key, a row, a file) is a failure, so that vectors cannot silently go untested. The last line tells how many rows
// passed.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/base58.h"
#include "base/duration.h"
#include "base/hex.h"
#include "core/config_parser.h"
#include "core/destination.h"
#include "core/trust.h"
#include "core/wire.h"

namespace remaphore {
namespace {

using nlohmann::json;

// A fault in a row. Ends the judgement of that row only.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class... Arguments>
void require(bool condition, fmt::format_string<Arguments...> what, Arguments&&... arguments) {
  if (!condition) throw Fault(fmt::format(what, std::forward<Arguments>(arguments)...));
}

void require_equal(std::string_view what, std::string_view got, std::string_view expected) {
  require(got == expected, "{} is \"{}\", not \"{}\"", what, got, expected);
}

// A JSON object all of whose keys must be read.
class Row {
 public:
  explicit Row(json object) : object_(std::move(object)) {
    require(object_.is_object(), "it is no JSON object");
    for (const auto& [key, value] : object_.items()) unread_.insert(key);
  }

  const json& at(const std::string& key) {
    require(object_.contains(key), "the key {} is missing", key);
    unread_.erase(key);
    return object_[key];
  }
  std::string text(const std::string& key) {
    const json& value = at(key);
    require(value.is_string(), "{} is not a string", key);
    return value.get<std::string>();
  }
  bool boolean(const std::string& key) {
    const json& value = at(key);
    require(value.is_boolean(), "{} is not a boolean", key);
    return value.get<bool>();
  }
  std::int64_t integer(const std::string& key) {  // as text: JSON numbers end at 2^53
    const std::string digits = text(key);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    require(error == std::errc() && end == digits.data() + digits.size(), "{} is not an integer", key);
    return value;
  }
  std::string bytes(const std::string& key) {  // hex
    const std::string digits = text(key);
    std::string out(digits.size() / 2, '\0');
    const auto room = std::span(reinterpret_cast<std::uint8_t*>(out.data()), out.size());
    require(hex::decode_exactly(digits, room), "{} is not lowercase hex", key);
    return out;
  }
  std::vector<std::string> texts(const std::string& key) {
    std::vector<std::string> values;
    for (const json& one : list(key)) {
      require(one.is_string(), "{} holds something else than strings", key);
      values.push_back(one.get<std::string>());
    }
    return values;
  }
  std::vector<Row> rows(const std::string& key) {
    std::vector<Row> values;
    for (const json& one : list(key)) values.emplace_back(one);
    return values;
  }
  void skip(const std::string& key) { unread_.erase(key); }  // says nothing about us; may be absent

  void require_all_read() const {
    require(unread_.empty(), "the key {} is not known", unread_.empty() ? "" : *unread_.begin());
  }

 private:
  const json& list(const std::string& key) {
    const json& value = at(key);
    require(value.is_array(), "{} is not a list", key);
    return value;
  }
  json object_;
  std::set<std::string> unread_;
};

std::string join(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ",")); }

// A line of a file. A key that is there twice would hide what it had first.
json parse_line(const std::string& line) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  return json::parse(line, [&](int, json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key) {
      require(keys.back().insert(parsed.get<std::string>()).second, "the key {} is there twice",
              parsed.get<std::string>());
    }
    return true;
  });
}

// ---- messages

// Peers and the text that they view.
struct KnownPeers {
  explicit KnownPeers(std::vector<Row> rows) {
    std::vector<Peer> peers;
    texts.reserve(rows.size());
    for (Row& row : rows) {
      texts.push_back({row.text("destination"), row.text("public_key"), join(row.texts("verbs"))});
      row.require_all_read();
      const auto& [destination, public_key, verbs] = texts.back();
      peers.push_back({destination, public_key, VerbList(verbs), static_cast<std::uint32_t>(texts.size())});
    }
    index = Peers(std::move(peers));
  }
  struct Text {
    std::string destination, public_key, verbs;
  };
  std::vector<Text> texts;
  Peers index;
};

std::string verdict_of(RefusalCode code) {
  switch (code) {
    case RefusalCode::kFormat: return "format";
    case RefusalCode::kPeer: return "peer";
    case RefusalCode::kSkew: return "skew";
    case RefusalCode::kSignature: return "signature";
    default: return fmt::format("error {}", static_cast<int>(code));
  }
}

struct Judgement {
  std::string verdict;
  std::string sender;   // if "ok"
  std::string payload;  // if "ok"
};

Judgement judge_message(const std::string& bytes, WallTime now, Duration allow_skew, const Peers& peers) {
  const Filter everything;
  const ReplayGuard guard(peers.all().size());
  auto screened = screen_message(bytes, now, {peers, everything, allow_skew, guard});
  if (!screened) return {verdict_of(screened.error().code), {}, {}};
  const auto message = verify_message(std::move(*screened));
  if (!message) return {verdict_of(message.error().code), {}, {}};
  const wire::Fields fields = wire::Fields::split(bytes).value();
  require(message->arrival() == now, "the arrival is not the one given");
  require(message->hash() == wire::hash(bytes), "the verified message has another hash");
  require_equal("the verified destination", message->destination(), fields.destination());
  require_equal("the verified verb", message->verb(), fields.verb());
  require_equal("the verified uuid", message->uuid_hex(), fields.uuid());
  require(message->time() == wire::parse_time(fields.time()), "the verified time is another");
  require(message->reply_wanted() == wire::parse_flag(fields.flag()), "the verified flag is another");
  return {"ok", std::string(message->sender().public_key), std::string(message->payload())};
}

Judgement judge_reply(const std::string& bytes, WallTime now, Duration allow_skew, const Peers& peers,
                      const Uuid& binding, bool require_bound) {
  auto screened = screen_reply(bytes, now, {peers, peers, binding, require_bound, allow_skew});
  if (!screened) return {verdict_of(screened.error().code), {}, {}};
  const auto reply = verify_reply(std::move(*screened));
  if (!reply) return {verdict_of(reply.error().code), {}, {}};
  require(reply->arrival() == now, "the arrival is not the one given");
  require(reply->bound() == require_bound, "the reply's binding is misjudged");
  return {"ok", std::string(reply->sender().public_key), std::string(reply->payload())};
}

void check_fields(Row& row, const std::string& bytes, const Judgement& judgement) {
  const auto fields = wire::Fields::split(bytes);
  require(fields.has_value(), "accepted, yet it cannot be split");
  require_equal("public_key", judgement.sender, row.text("public_key"));
  require_equal("the key on the wire", fields->public_key(), judgement.sender);
  require_equal("payload", judgement.payload, row.bytes("payload"));

  const auto time = wire::parse_time(fields->time());
  const auto uuid = wire::parse_uuid(fields->uuid());
  const auto reply_wanted = wire::parse_flag(fields->flag());
  require(time && uuid && reply_wanted, "accepted, yet a field is not canonical");
  Message message;
  message.destination = std::string(fields->destination());
  message.time = *time;
  message.uuid = *uuid;
  message.verb = std::string(fields->verb());
  message.reply_wanted = *reply_wanted;
  message.payload = std::string(fields->payload());
  require_equal("destination", message.destination, row.bytes("destination"));
  require_equal("verb", message.verb, row.bytes("verb"));
  require_equal("uuid", hex::encode(message.uuid.bytes()), row.text("uuid"));
  const std::int64_t time_ns = message.time.time_since_epoch().count();
  require(time_ns == row.integer("time_ns"), "time_ns is {}", time_ns);
  require(message.reply_wanted == row.boolean("reply_requested"), "reply_requested is {}", message.reply_wanted);
  require_equal("hash", hex::encode(wire::hash(bytes).bytes), row.text("hash"));

  const std::string encoded =
      fmt::format("{},{},{}", fields->public_key(), fields->signature(), wire::signed_bytes(message));
  require(encoded == bytes, "encoding the decoded fields gives other bytes");
}

void check_message(Row& row) {
  for (const char* key : {"name", "reference"}) row.skip(key);
  const std::string kind = row.text("kind"), expect = row.text("expect"), bytes = row.bytes("bytes");
  const std::set<std::string> verdicts = {"ok", "format", "peer", "skew", "signature"};
  require(verdicts.count(expect) == 1, "the verdict {} is not known", expect);
  require(kind == "message" || kind == "reply", "the kind {} is not known", kind);
  const WallTime now{Duration(row.integer("now_ns"))};
  const Duration allow_skew{row.integer("allow_skew_ns")};
  const KnownPeers peers(row.rows("peers"));

  const Judgement judgement = kind == "message"
                                  ? judge_message(bytes, now, allow_skew, peers.index)
                                  : judge_reply(bytes, now, allow_skew, peers.index, Uuid::random(), false);
  require_equal("the verdict", judgement.verdict, expect);
  if (expect != "ok") return;
  check_fields(row, bytes, judgement);
  if (kind == "reply") {  // again, as the answer to a request whose hash begins with this very UUID
    const auto binding = wire::parse_uuid(row.text("uuid"));
    require_equal("the verdict if bound", judge_reply(bytes, now, allow_skew, peers.index, *binding, true).verdict,
                  "ok");
  }
}

// ---- configs

std::string join(const VerbList& verbs) { return fmt::format("{}", fmt::join(verbs.split(), ",")); }

void check_servers(const std::vector<ServerAddress>& servers, const std::vector<std::string>& lines) {
  const std::string all = join(lines);  // one line may name several
  std::vector<std::string> expected;
  for (std::size_t from = 0, to = 0; to != std::string::npos && !all.empty(); from = to + 1) {
    to = all.find(',', from);
    expected.push_back(all.substr(from, to == std::string::npos ? to : to - from));
  }
  require(servers.size() == expected.size(), "there are {} servers, not {}", servers.size(), expected.size());
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto address = parse_server_address(expected[i]);
    require(address.has_value(), "{} is not a server address", expected[i]);
    require(*address == servers[i], "a server is {}, not {}", servers[i].display(), expected[i]);
  }
}

void check_identities(const std::vector<Identity>& identities, std::vector<Row> rows) {
  require(rows.size() == identities.size(), "there are {} identities", identities.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Identity& identity = identities[i];
    require_equal("an identity", identity.public_key, rows[i].text("public_key"));
    require_equal("its private key's public key", keys::to_base58(identity.secret_key.public_key()),
                  identity.public_key);
    require_equal("its verbs", join(identity.verbs), join(rows[i].texts("verbs")));
    rows[i].require_all_read();
  }
}

void check_peers(const Peers& peers, std::vector<Row> rows) {
  require(rows.size() == peers.all().size(), "there are {} peers", peers.all().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Peer& peer = peers.all()[i];
    require_equal("a peer", peer.public_key, rows[i].text("public_key"));
    require_equal("its destination", peer.destination, rows[i].text("destination"));
    require_equal("its verbs", join(peer.verbs), join(rows[i].texts("verbs")));
    require(peers.find(peer.public_key) != nullptr, "it is not found by its key");
    rows[i].require_all_read();
  }
}

void check_config(Row& row) {
  for (const char* key : {"name", "reference", "reference_error"}) row.skip(key);
  const std::string text = row.text("text"), expect = row.text("expect");
  require(expect == "ok" || expect == "error", "the verdict {} is not known", expect);
  const auto config = parse_config(std::vector<char>(text.begin(), text.end()), "vector");
  if (expect == "error") {
    for (const char* key : {"servers", "credentials", "subject", "destination", "default_identity", "allow_skew_ns",
                            "identities", "peers"}) {
      row.skip(key);  // the reference's own reading
    }
    require(!config, "it is accepted");
    require(config.error().code == Errc::kConfig, "the error is of another kind");
    return;
  }
  require(config.has_value(), "it is refused: {}", config ? "" : config.error().message);

  check_servers(config->servers, row.texts("servers"));
  require_equal("credentials", config->credentials, row.text("credentials"));
  require_equal("subject", config->subject, row.text("subject"));
  require_equal("destination", config->destination, row.text("destination"));
  require_equal("default_identity", config->default_identity_text, row.text("default_identity"));
  require(config->allow_skew.count() == row.integer("allow_skew_ns"), "allow_skew is {} ns",
          config->allow_skew.count());
  check_identities(config->identities, row.rows("identities"));
  check_peers(config->peers, row.rows("peers"));
}

// ---- the small ones

void check_destination(Row& row) {
  row.skip("reference");
  const std::string name = row.text("destination"), pattern = row.text("pattern");
  const bool match = row.boolean("match");
  require(destination::matches(name, pattern) == match, "\"{}\" and \"{}\" {}", name, pattern,
          match ? "do not match" : "match");
}

void check_duration(Row& row) {
  const auto duration = parse_duration(row.text("text"));
  if (!row.boolean("ok")) return require(!duration, "it is taken for {} ns", duration ? duration->count() : 0);
  require(duration.has_value(), "it is refused");
  require(duration->count() == row.integer("ns"), "it is taken for {} ns", duration->count());
}

void check_base58(Row& row) {
  const std::string text = row.text("text"), bytes = row.bytes("bytes");
  require(bytes.size() <= base58::kMaxBytes, "bytes are more than the {} that base58 is used for", base58::kMaxBytes);
  const auto view = std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  require_equal("the text", base58::encode(view), text);
  const auto decoded = base58::decode(text);
  require(decoded && std::equal(decoded->begin(), decoded->end(), view.begin(), view.end()), "decoded to other bytes");
  std::vector<std::uint8_t> exact(bytes.size());
  require(base58::decode_exactly(text, exact) && exact == *decoded, "decode_exactly gives other bytes");
}

void check_uuid(Row& row) {
  require_equal("the uuid", hex::encode(Uuid::from_text(row.text("text")).bytes()), row.text("uuid"));
}

const std::map<std::string, void (*)(Row&)>& checks() {
  static const std::map<std::string, void (*)(Row&)> table = {
      {"messages", check_message},   {"configs", check_config}, {"destinations", check_destination},
      {"durations", check_duration}, {"base58", check_base58},  {"uuids", check_uuid},
  };
  return table;
}

// ---- files

struct Count {
  std::size_t passed = 0, failed = 0;
};

void check_file(const std::filesystem::path& path, Count& count) {
  const auto complain = [&](const std::string& where, const std::string& what) {
    fmt::print(stderr, "{}{}: {}\n", path.filename().string(), where, what);
    ++count.failed;
  };
  const std::string stem = path.stem().string();
  const auto check = std::find_if(checks().begin(), checks().end(),
                                  [&](const auto& known) { return stem.find(known.first) != std::string::npos; });
  if (check == checks().end()) return complain("", "no such kind of vectors is known");
  std::ifstream file(path, std::ios::binary);
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    try {
      Row row(parse_line(line));
      check->second(row);
      row.require_all_read();
      ++count.passed;
    } catch (const std::exception& fault) {
      const std::size_t name = line.find("\"name\"");
      const std::string shown = name == std::string::npos ? line.substr(0, 100) : line.substr(name, 60);
      complain(fmt::format(":{}", number), fmt::format("{} ({})", fault.what(), shown));
    }
  }
  if (number == 0) complain("", "it cannot be read or holds no rows");
}

int run() {
  const char* chosen = std::getenv("REMAPHORE_VECTORS");
  const std::filesystem::path folder = chosen != nullptr ? chosen : REMAPHORE_COMMITTED_VECTORS;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());

  Count count;
  for (const auto& file : files) check_file(file, count);
  if (files.empty()) {
    fmt::print(stderr, "{}: no vectors here\n", folder.string());
    ++count.failed;
  }
  if (chosen == nullptr && files.size() != checks().size()) {
    fmt::print(stderr, "{}: {} files, not one of each of the {} kinds\n", folder.string(), files.size(),
               checks().size());
    ++count.failed;
  }
  fmt::print("vectors: {} rows of {} files passed, {} failures\n", count.passed, files.size(), count.failed);
  return count.failed == 0 && count.passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace remaphore

int main() {
  remaphore::keys::initialize();
  try {
    return remaphore::run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "vectors: {}\n", error.what());
    return 1;
  }
}
