#include "core/config_parser.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/base58.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::seconds;
using test::public_text;

Result<Config> parse(const std::string& text) { return parse_config(std::vector<char>(text.begin(), text.end()), "f"); }

std::string secret_text(std::uint8_t number) { return test::key_of(number).to_base58(); }
std::string identity_line(std::uint8_t number, const std::string& verbs = "[ping]") {
  return public_text(number) + " " + secret_text(number) + " " + verbs + "\n";
}

// The keys that a config must have, without sections; five lines.
const std::string kKeys =
    "server: nats://h:4222\ncredentials: user.creds\nsubject: remaphore\ndestination: com.a\nallow_skew: 5s\n";
std::string with_identity(const std::string& keys = kKeys) { return keys + "[ Identities ]\n" + identity_line(1); }

std::string error_of(const std::string& text) {
  const auto config = parse(text);
  if (config) return "accepted";
  EXPECT_EQ(config.error().code, Errc::kConfig);
  EXPECT_EQ(config.error().message.find('\n'), std::string::npos);
  return config.error().message;
}

std::vector<std::string> warnings_of(const std::string& text) {
  const auto config = parse(text);
  EXPECT_TRUE(config) << config.error().message;
  return config ? config->warnings : std::vector<std::string>{};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ConfigParserTest, ReadsEveryKey) {
  const auto config = parse(
      with_identity("server: nats://a:1, tls://b:2\nserver: c\ncredentials: /etc/user.creds\nsubject: my.subject\n"
                    "destination: com.a\nallow_skew: 1m\ntls_ca: ca.pem\ntls_cert: cert.pem\ntls_key: key.pem\n"
                    "require_bound_replies: yes\ntls_first: Yes\nannounced_servers: no\npresence: no\nsend_only: "
                    "com.b, ,c.** ,\nconfirm: Deploy, reboot\n"));
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->servers.size(), 3u);
  EXPECT_EQ(config->servers[0].display(), "a:1");
  EXPECT_EQ(config->servers[1].display(), "b:2");
  EXPECT_TRUE(config->servers[1].tls);
  EXPECT_EQ(config->servers[2].display(), "c:4222");
  EXPECT_EQ(config->credentials, "/etc/user.creds");
  EXPECT_EQ(config->subject, "my.subject");
  EXPECT_EQ(config->destination, "com.a");
  EXPECT_EQ(config->allow_skew, seconds(60));
  EXPECT_EQ(config->tls_ca, "ca.pem");
  EXPECT_EQ(config->tls_cert, "cert.pem");
  EXPECT_EQ(config->tls_key, "key.pem");
  EXPECT_TRUE(config->require_bound_replies);
  EXPECT_TRUE(config->tls_first);
  EXPECT_FALSE(config->announced_servers);
  EXPECT_FALSE(config->presence);
  EXPECT_EQ(config->send_only, (std::vector<std::string>{"com.b", "c.**"}));
  EXPECT_EQ(config->confirm, (std::vector<std::string>{"Deploy", "reboot"}));
  EXPECT_TRUE(config->warnings.empty());
}

TEST(ConfigParserTest, HasDefaultsForWhatIsLeftOut) {
  const auto config = parse(with_identity("server: h\ncredentials: c\ndestination: d\n"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->subject, "remaphore");
  EXPECT_EQ(config->allow_skew, seconds(3));
  EXPECT_EQ(config->tls_ca, "");
  EXPECT_FALSE(config->require_bound_replies);
  EXPECT_FALSE(config->tls_first);
  EXPECT_TRUE(config->announced_servers);
  EXPECT_TRUE(config->presence);
  EXPECT_TRUE(config->send_only.empty());
  EXPECT_EQ(config->default_identity_text, public_text(1));
  EXPECT_TRUE(config->peers.all().empty());
}

TEST(ConfigParserTest, TakesAnAllowSkewOfNothingForTheDefault) {
  EXPECT_EQ(parse(with_identity("server: h\ncredentials: c\ndestination: d\nallow_skew: 0\n"))->allow_skew, seconds(3));
}

TEST(ConfigParserTest, ReadsAFileOfAnyLayout) {
  const auto config =
      parse("\r\n  # a comment\r\nSERVER :\t nats://h:4222 # here\r\n\tCredentials: c\r\nDestination:d\r\n" +
            std::string("[identities]\r\n\t") + public_text(1) + " \t " + secret_text(1) +
            "\t[ A, b ,,C ]  \r\n[  PEERS  ] # those\r\ncom.x\t" + public_text(2) + "  [*] # all\r\ncom.y " +
            public_text(3) + " []");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->warnings.empty());
  EXPECT_EQ(config->identities[0].verbs.text(), "a,b,c");
  ASSERT_EQ(config->peers.all().size(), 2u);
  EXPECT_EQ(config->peers.all()[0].destination, "com.x");
  EXPECT_TRUE(config->peers.all()[0].verbs.allows("anything"));
  EXPECT_FALSE(config->peers.all()[1].verbs.allows("ping"));
  EXPECT_EQ(config->peers.all()[1].line, 10u);
}

TEST(ConfigParserTest, LowercasesVerbsAndNothingElse) {
  const auto config = parse(with_identity() + "[Peers]\nCom.X " + public_text(2) + " [Deploy,PING]\n");
  EXPECT_EQ(config->peers.all()[0].verbs.text(), "deploy,ping");
  EXPECT_EQ(config->peers.all()[0].destination, "Com.X");
}

TEST(ConfigParserTest, FindsTheDefaultIdentity) {
  const auto config =
      parse(with_identity(kKeys + "default_identity: " + public_text(2) + "\n") + identity_line(2, "[x]"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->default_identity, 1u);
  EXPECT_EQ(config->default_signer().public_key, public_text(2));
}

TEST(ConfigParserTest, TakesTheLastOfARepeatedKey) {
  const auto config =
      parse(with_identity(kKeys + "destination: com.b\nrequire_bound_replies: YES\nrequire_bound_replies: no\n"
                                  "send_only: a,b\nsend_only: c\n"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->destination, "com.b");
  EXPECT_FALSE(config->require_bound_replies);
  EXPECT_EQ(config->send_only, std::vector<std::string>{"c"});
}

TEST(ConfigParserTest, SkipsAByteOrderMark) {
  const auto config = parse("\xef\xbb\xbf" + with_identity());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->servers[0].display(), "h:4222");
  EXPECT_TRUE(config->warnings.empty());
}

TEST(ConfigParserTest, SeparatesFieldsAtUnicodeBlanks) {
  const std::string blank = "\u00a0";
  const auto config = parse(kKeys + "[" + blank + "Identities" + blank + "]\n" + public_text(1) + blank +
                            secret_text(1) + "\u2003[ping]\n[ Peers ]\n" + blank + "com.x" + blank + public_text(2) +
                            "\u3000[a," + blank + "b]" + blank + "\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->identities[0].verbs.text(), "ping");
  ASSERT_EQ(config->peers.all().size(), 1u);
  EXPECT_EQ(config->peers.all()[0].destination, "com.x");
  EXPECT_EQ(config->peers.all()[0].verbs.text(), "a,b");
}

TEST(ConfigParserTest, SurvivesBeingMoved) {
  // Views of peers and verbs point into the text that moves along.
  auto config = parse(with_identity() + "[Peers]\ncom.x " + public_text(2) + " [deploy]\n");
  Config moved = std::move(*config);
  const Config again = std::move(moved);
  EXPECT_EQ(again.peers.find(public_text(2))->destination, "com.x");
  EXPECT_EQ(again.peers.all()[0].verbs.text(), "deploy");
  EXPECT_EQ(again.identities[0].verbs.text(), "ping");
}

// ---- errors: file:line: what

TEST(ConfigParserTest, ReadsGroupsInAnyOrderOfSectionsAndLines) {
  const auto config = parse(with_identity(kKeys + "[groups]\nall @web, db[1-3]  # comment\nWeb-1 a\n\nweb com.web*\n") +
                            "[ GROUPS ]\nlast @all,@Web-1\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->warnings.empty());
  ASSERT_EQ(config->groups.all().size(), 4u);
  EXPECT_EQ(config->groups.find("all")->members, (std::vector<std::string>{"@web", "db[1-3]"}));
  EXPECT_EQ(config->groups.find("last")->members, (std::vector<std::string>{"@all", "@Web-1"}));
}

TEST(ConfigErrorsTest, NameWhatIsMissing) {
  EXPECT_TRUE(contains(error_of(""), "the file has no \"server:\" line"));
  EXPECT_TRUE(contains(error_of(with_identity("credentials: c\ndestination: d\n")), "no \"server:\" line"));
  EXPECT_TRUE(contains(error_of(with_identity("server: h\ndestination: d\n")), "no \"credentials:\" line"));
  EXPECT_TRUE(contains(error_of(with_identity("server: h\ncredentials: c\n")), "no \"destination:\" line"));
  EXPECT_TRUE(contains(error_of(with_identity("server: ,\ncredentials: c\ndestination: d\n")), "no \"server:\" line"));
  EXPECT_TRUE(contains(error_of(with_identity("server:\ncredentials: c\ndestination: d\n")), "no \"server:\" line"));
  EXPECT_TRUE(contains(error_of(kKeys), "no identity in an [ Identities ] section"));
  EXPECT_TRUE(contains(error_of(kKeys + "[ Identities ]\n[ Peers ]\n"), "no identity"));
}

TEST(ConfigErrorsTest, NameFileAndLine) {
  EXPECT_EQ(error_of("# one\n\nallow_skew: 5\n"), "f:3: allow_skew: not a duration like 10s or 1h30m: \"5\"");
  EXPECT_EQ(error_of(kKeys + "[ Peers ]\r\n\r\ncom.x\r\n").substr(0, 5), "f:8: ");
}

TEST(ConfigErrorsTest, QuoteAMalformedValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"server: ftp://h", "\"ftp://h\""},
      {"server: nats://a, h:port", "\"h:port\""},
      {"subject: a b", "\"a b\""},
      {"subject: a.*", "\"a.*\""},
      {"subject: >", "wildcards"},
      {"default_identity: xyz", "\"xyz\""},
      {"allow_skew: soon", "\"soon\""},
      {"allow_skew: -1s", "must not be negative: \"-1s\""},
      {"require_bound_replies: maybe", "\"maybe\""},
      {"tls_first: true", "tls_first takes yes or no, not \"true\""},
      {"announced_servers: 0", "announced_servers takes yes or no, not \"0\""},
      {"presence: maybe", "presence takes yes or no, not \"maybe\""},
      {"send_only: a, b c", "\"b c\""},
  };
  for (const auto& [line, quoted] : cases) {
    const std::string error = error_of(std::string(line) + "\n" + with_identity());
    EXPECT_EQ(error.substr(0, 5), "f:1: ") << error;
    EXPECT_TRUE(contains(error, quoted)) << error;
  }
}

TEST(ConfigErrorsTest, NameUtf16) {
  for (const std::string& head :
       {std::string("\xff\xfe"), std::string("\xfe\xff"), std::string("s\0e\0", 4), std::string("\0s\0e", 4)}) {
    EXPECT_TRUE(contains(error_of(head + with_identity()), "UTF-16"));
  }
}

TEST(ConfigErrorsTest, RefuseDestinationsThatCannotBeSeen) {
  for (const char* wrong :
       {"com.a\u200b", "com\u00ad.a", "\ufeff", "com.a b", "com.a\u00a0b", "com\x1b[2J", "a\u202eb"}) {
    const std::string error = error_of(with_identity(kKeys + "destination: " + wrong + "\n"));
    EXPECT_TRUE(contains(error, "f:6: destination: only visible characters are allowed: ")) << error;
    const std::string only = error_of(with_identity(kKeys + "send_only: x," + wrong + "\n"));
    EXPECT_TRUE(contains(only, "f:6: send_only: ")) << only;
  }
  const std::string error = error_of(with_identity() + "[ Peers ]\ncom\u200b.x " + public_text(2) + " [ping]\n");
  EXPECT_TRUE(contains(error, "visible characters only")) << error;
  EXPECT_TRUE(contains(error, "com\\xe2\\x80\\x8b.x")) << error;
  EXPECT_TRUE(contains(error_of(with_identity(kKeys + "subject: a\u200b\n")), "a\\xe2\\x80\\x8b"));
  EXPECT_EQ(parse(with_identity(kKeys + "destination: com.b\u00fccher\n"))->destination, "com.b\u00fccher");
}

TEST(ConfigErrorsTest, RefuseAMalformedIdentity) {
  const std::string head = kKeys + "[ Identities ]\n";
  EXPECT_TRUE(contains(error_of(head + "abc def [ping]\n"), "f:7: not a public key (base58 of 32 bytes): \"abc\""));
  EXPECT_TRUE(contains(error_of(head + public_text(1) + "\n"), "an identity is PUBLIC-KEY PRIVATE-KEY [verbs]"));
  EXPECT_TRUE(contains(error_of(head + public_text(1) + " " + secret_text(1) + "\n"), "an identity is PUBLIC-KEY"));
  EXPECT_TRUE(contains(error_of(head + public_text(1) + " " + secret_text(1).substr(1) + " [ping]\n"),
                       "private key is not base58 of 64 bytes"));
  EXPECT_TRUE(contains(error_of(head + public_text(1) + " x [ping]\n"), "private key is not base58 of 64 bytes"));
  EXPECT_TRUE(contains(error_of(head + public_text(2) + " " + secret_text(1) + " [ping]\n"),
                       "belongs to a different public key"));
  EXPECT_TRUE(contains(error_of(head + secret_text(1) + " " + public_text(1) + " [ping]\n"), "not a public key"));
  for (const char* verbs : {"ping", "[ping", "ping]", "[ping] [x]", "[[ping]]", "[ping]x", "(ping)"}) {
    EXPECT_TRUE(contains(error_of(head + identity_line(1, verbs)), "verbs must be a list in brackets")) << verbs;
  }
}

TEST(ConfigErrorsTest, RefuseAPrivateKeyWhoseHalvesDoNotBelongTogether) {
  std::array<std::uint8_t, 64> bytes{};
  ASSERT_TRUE(base58::decode_exactly(secret_text(1), bytes));
  bytes[0] ^= 1;
  const std::string error =
      error_of(kKeys + "[ Identities ]\n" + public_text(1) + " " + base58::encode(bytes) + " [ping]\n");
  EXPECT_TRUE(contains(error, "does not belong to its own public half")) << error;
}

TEST(ConfigErrorsTest, RefuseAMalformedPeer) {
  const std::string head = with_identity() + "[ Peers ]\n";
  EXPECT_TRUE(contains(error_of(head + "com.x\n"), "f:9: a peer is DESTINATION PUBLIC-KEY [verbs], not \"com.x\""));
  EXPECT_TRUE(contains(error_of(head + "com.x " + public_text(2) + "\n"), "a peer is DESTINATION PUBLIC-KEY [verbs]"));
  EXPECT_TRUE(contains(error_of(head + "com.x abc [ping]\n"), "not a public key (base58 of 32 bytes): \"abc\""));
  EXPECT_TRUE(contains(error_of(head + "com.x " + public_text(2) + "2 [ping]\n"), "not a public key"));
  EXPECT_TRUE(contains(error_of(head + "com.x " + public_text(2) + " ping\n"), "verbs must be a list in brackets"));
  EXPECT_TRUE(contains(error_of(head + "com.x " + public_text(2) + " # [ping]\n"), "a peer is"));
}

TEST(ConfigErrorsTest, RefuseKeysOfLowOrderEverywhere) {
  PublicKey low;
  low.bytes[0] = 1;
  const std::string text = keys::to_base58(low);
  EXPECT_TRUE(contains(error_of(with_identity() + "[ Peers ]\ncom.x " + text + " [ping]\n"), "is of low order"));
  EXPECT_TRUE(
      contains(error_of(kKeys + "[ Identities ]\n" + text + " " + secret_text(1) + " [ping]\n"), "is of low order"));
}

TEST(ConfigErrorsTest, RefuseAFileOfAbsurdSize) {
  std::vector<char> text(kMaxConfigBytes + 1, '#');
  const auto config = parse_config(std::move(text), "f");
  ASSERT_FALSE(config);
  EXPECT_TRUE(contains(config.error().message, "larger than"));
}

TEST(ConfigErrorsTest, TakeAnyBytes) {
  EXPECT_TRUE(contains(error_of(std::string("\0\0\xff:\x1b[2J\n", 9)), "no \"server:\" line"));
  const std::string error = error_of(with_identity() + "[ Peers ]\n\x1b[2J\n");
  EXPECT_TRUE(contains(error, "\\x1b[2J")) << error;
}

// ---- warnings: deployed files have them and still work

TEST(ConfigWarningsTest, TellOfUnknownKeysAndSections) {
  const auto warnings = warnings_of("colour: blue\n" + with_identity() + "[ Friends ]\nwhatever: this\n[Peers]\n");
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0], "f:1: unknown key \"colour\" is ignored");
  EXPECT_EQ(warnings[1], "f:9: unknown section \"Friends\", its lines are ignored");
}

TEST(ConfigWarningsTest, TellOfAnUnknownSectionAroundTheKeysWhichCount) {
  const auto warnings =
      warnings_of("[ General ]\nsubject: other\n[ NATS ]\n" + with_identity() + "[ Friends ]\nsubject: x\n");
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings[0], "f:1: unknown section \"General\", its lines are read as keys");
  EXPECT_EQ(warnings[1], "f:3: unknown section \"NATS\", its lines are read as keys");
  EXPECT_TRUE(contains(warnings[2], "unknown section \"Friends\", its lines are ignored"));
}

TEST(ConfigWarningsTest, TellOfAServerThatNobodyElseCanConnectTo) {
  const auto warnings = warnings_of(with_identity("server: nats://0.0.0.0:4222\nserver: h,[::]:1,0.0.0.1\n" + kKeys));
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0], "f:1: server 0.0.0.0 is an address to listen on; from here it is this machine");
  EXPECT_EQ(warnings[1], "f:2: server :: is an address to listen on; from here it is this machine");
}

TEST(ConfigWarningsTest, TellOfALineWithoutAColon) {
  const auto warnings = warnings_of("just words\n" + with_identity());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0], "f:1: a line without a colon is ignored: \"just words\"");
}

TEST(ConfigWarningsTest, TellOfADefaultIdentityThatIsNone) {
  const auto config = parse("default_identity: " + public_text(2) + "\n" + with_identity());
  ASSERT_TRUE(config);
  EXPECT_EQ(config->default_signer().public_key, public_text(1));
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_EQ(config->warnings[0], "f:1: default_identity is not an identity of this file; the first one is used");
}

TEST(ConfigWarningsTest, TellOfAKeyOnSeveralPeerLines) {
  const auto config =
      parse(with_identity() + "[ Peers ]\ncom.x " + public_text(2) + " [ping]\ncom.y " + public_text(2) + " [*]\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->peers.all().size(), 2u);
  EXPECT_FALSE(config->peers.find(public_text(2))->verbs.allows("deploy"));
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_EQ(config->warnings[0],
            "f:10: peer key " + public_text(2) + " is already on line 9; the verbs of that line count");
}

TEST(ConfigWarningsTest, AreCountedBeyondTheFirstFew) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "words\n";
  const auto warnings = warnings_of(text + with_identity());
  ASSERT_EQ(warnings.size(), kMaxConfigWarnings + 1);
  EXPECT_EQ(warnings.back(), "f: " + std::to_string(100 - kMaxConfigWarnings) + " more warnings");
}

// ---- private keys

// True if some eight characters in a row of the key are in the text.
bool shows(std::string_view text, std::uint8_t number) {
  const std::string secret = secret_text(number);
  for (std::size_t i = 0; i + 8 <= secret.size(); ++i) {
    if (text.find(secret.substr(i, 8)) != std::string_view::npos) return true;
  }
  return false;
}

TEST(ConfigErrorsTest, NameTheLineOfAGroup) {
  const auto groups = [](const std::string& lines) { return error_of(with_identity() + "[ Groups ]\n" + lines); };
  EXPECT_EQ(groups("web x\ndb\n"), "f:10: a group is NAME member,member, not \"db\"");
  EXPECT_EQ(groups("web x\ndb y,,z\n"), "f:10: group db: not a pattern, a name or @GROUP: \"\"");
  EXPECT_EQ(groups("web x\nweb y\n"), "f:10: group web is already defined");
  EXPECT_EQ(groups("web x\ndb @web,@none\nlast z\n"), "f:10: group db: there is no group \"none\"");
  EXPECT_EQ(groups("web x\none @two\ntwo @one\n"), "f:10: group one contains itself");
  EXPECT_TRUE(contains(groups("web x[1-999999999]\n"), "f:9: group web: ")) << groups("web x[1-999999999]\n");
}

// Configs with a private key, whole or damaged, in the wrong place.
std::vector<std::string> misplaced(const std::string& secret, const std::string& broken) {
  const std::string pub = public_text(1), section = "[ Identities ]\n";
  return {
      kKeys + section + pub + " " + secret + "\n",
      kKeys + section + secret + "\n",
      kKeys + section + secret + " " + pub + " [ping]\n",
      kKeys + section + pub + " " + secret + " ping\n",
      kKeys + section + pub + " " + secret + secret + " [ping]\n",
      kKeys + section + pub + " " + secret + "[ping]\n",
      kKeys + section + pub + " \"" + secret + "\" [ping]\n",
      kKeys + section + pub + " " + broken + "\n",
      kKeys + section + pub + " " + broken + " ping\n",
      kKeys + section + "x " + broken + " [ping]\n",
      kKeys + section + pub + " " + secret.substr(0, 50) + "\n",
      kKeys + section + "x " + secret.substr(0, 50) + "," + secret.substr(50) + " [ping]\n",
      kKeys + section + public_text(2) + " " + secret + " [ping]\n",
      with_identity() + "[ Peers ]\n" + pub + " " + secret + " [ping]\n",
      with_identity() + "[ Peers ]\ncom.x " + broken + " [ping]\n",
      with_identity(kKeys + "default_identity: " + secret + "\n"),
      with_identity(kKeys + "require_bound_replies: " + secret + "\n"),
      with_identity(kKeys + "allow_skew: " + secret + "\n"),
      with_identity(kKeys + "tls_first: " + secret + "\n"),
      with_identity(kKeys + "announced_servers: " + secret + "\n"),
      with_identity(kKeys + "send_only: a " + secret + "\n"),
      with_identity(kKeys + "server: ftp://" + secret + "\n"),
      with_identity(kKeys + "subject: a b " + secret + "\n"),
  };
}

TEST(ConfigSecretsTest, NeverAppearInAnErrorOrWarning) {
  const std::string secret = secret_text(1), pub = public_text(1);
  std::string broken = secret;
  broken[40] = '=';
  for (const std::string& text : misplaced(secret, broken)) {
    const std::string error = error_of(text);
    EXPECT_NE(error, "accepted") << text;
    EXPECT_FALSE(shows(error, 1)) << error;
  }
  const std::string halves = secret.substr(0, 44) + " " + secret.substr(44);
  for (const std::string& line : {pub + " " + secret + " [ping]", secret, secret + ": x", "[" + secret + "]", broken,
                                  pub + " " + halves + " [ping]"}) {
    // Before any section, where it is just an unknown line; the rest is in a section of its own.
    const std::string keys_first = line.front() == '[' ? kKeys + line : line + "\n" + kKeys;
    const auto warnings = warnings_of(keys_first + "\n[ Identities ]\n" + identity_line(1));
    EXPECT_EQ(warnings.size(), 1u);
    for (const std::string& warning : warnings) EXPECT_FALSE(shows(warning, 1)) << warning;
  }
}

std::vector<std::string> pieces_of(const std::string& secret) {
  std::vector<std::string> pieces{secret, secret + "x", "SU" + secret, secret.substr(1), secret.substr(0, 60)};
  for (std::size_t size = 8; size < secret.size(); size += 7) {
    pieces.push_back(secret.substr(0, size));
    pieces.push_back(secret.substr(secret.size() - size));
    pieces.push_back(secret.substr((secret.size() - size) / 2, size));
  }
  pieces.push_back(secret.substr(0, 43) + " " + secret.substr(43));
  pieces.push_back(secret.substr(0, 44) + "," + secret.substr(44));
  pieces.push_back(secret.substr(0, 44) + "#" + secret.substr(44));
  return pieces;
}

// A piece takes the place of each %.
constexpr const char* kFields[] = {"server: %",
                                   "server: nats://%",
                                   "server: nats://%@h",
                                   "server: nats://u:%@h",
                                   "server: h:%",
                                   "server: %://h",
                                   "server: nats://u:%#x@h",
                                   "server: nats://u:%,x@h",
                                   "credentials: %",
                                   "subject: %",
                                   "subject: % x",
                                   "destination: %",
                                   "destination: % x",
                                   "default_identity: %",
                                   "allow_skew: %",
                                   "allow_skew: -%",
                                   "tls_ca: %",
                                   "tls_cert: %",
                                   "tls_key: %",
                                   "tls_first: %",
                                   "announced_servers: %",
                                   "send_only: %",
                                   "send_only: % x",
                                   "require_bound_replies: %",
                                   "%: x",
                                   "% x",
                                   "%",
                                   "[ % ]",
                                   "[%"};

std::vector<std::string> lines_of_sections(const std::string& secret) {
  const std::string pub = public_text(1);
  return {"%",
          "% [ping]",
          "% % [ping]",
          pub + " %",
          pub + " % [ping]",
          pub + " % ping",
          "% " + pub + " [ping]",
          pub + " " + secret + " %",
          pub + " " + secret + " [%",
          pub + " " + secret + " [ping] %",
          "x % [ping]",
          "com.x % [ping]",
          "com.x % ping",
          "com.x " + pub + " %",
          "com.x " + pub + " [%",
          "% " + pub,
          "[%"};
}

std::string filled(std::string line, const std::string& piece) {
  for (std::size_t at = 0; (at = line.find('%', at)) != line.npos; at += piece.size()) line.replace(at, 1, piece);
  return line;
}

void expect_hidden(const std::string& text) {
  const auto config = parse(text);
  if (!config) EXPECT_FALSE(shows(config.error().message, 1)) << text << "\n" << config.error().message;
  if (!config) return;
  for (const std::string& warning : config->warnings) EXPECT_FALSE(shows(warning, 1)) << text << "\n" << warning;
}

// Every field of a config, with a key or a piece of one in it, alone or next to valid content.
TEST(ConfigSecretsTest, AreShownByNoFieldWholeOrInPieces) {
  const std::string secret = secret_text(1);
  const std::vector<std::string> lines = lines_of_sections(secret);
  for (const std::string& piece : pieces_of(secret)) {
    for (const char* field : kFields) {
      expect_hidden(filled(field, piece) + "\n" + with_identity());
      expect_hidden(kKeys + filled(field, piece) + "\n[ Identities ]\n" + identity_line(1));
    }
    for (const std::string& line : lines) {
      for (const char* section : {"[ Identities ]\n", "[ Peers ]\n", "[ Groups ]\n", "[ Others ]\n"}) {
        expect_hidden(with_identity() + section + filled(line, piece) + "\n");
      }
    }
  }
}

TEST(ConfigSecretsTest, AreNamedWhereTheyStandForSomethingElse) {
  for (const char* key : {"destination", "subject", "credentials", "tls_key", "send_only", "confirm", "server"}) {
    EXPECT_TRUE(contains(error_of(with_identity(kKeys + key + ": " + secret_text(1) + "\n")), "this is a private key"));
  }
}

TEST(ConfigSecretsTest, OfAServerAreNotShownWhenACommentOrCommaCutsThem) {
  const std::string comment = error_of(with_identity("server: nats://bob:s3cr3t#tail@h:1\n" + kKeys));
  EXPECT_EQ(comment, "f:1: server: # begins a comment; write it as %23 in a user name or password");
  const std::string comma = error_of(with_identity("server: nats://bob:s3cr3t,tail@h:1\n" + kKeys));
  EXPECT_TRUE(contains(comma, "write a comma in a user name or password as %2C")) << comma;
  EXPECT_FALSE(contains(comma, "s3cr3t")) << comma;
  const auto fine = parse(with_identity("server: nats://h:1 # ask admin@example.com\n" + kKeys));
  EXPECT_EQ(fine->servers[0].display(), "h:1");
}

TEST(ConfigSecretsTest, AreWipedFromTheTextThatStays) {
  const std::string pub = public_text(1), secret = secret_text(1);
  const std::string texts[] = {
      with_identity(),
      with_identity() + "[ Peers ]\ncom.x " + public_text(2) + " [ping]\n",
      "# " + pub + " " + secret + " [ping]\n" + with_identity(),  // an identity commented out
      with_identity() + "#" + secret + "\n",
      with_identity() + "[ Peers ]\ncom.x " + public_text(2) + " [ping] # " + secret + "\n",
      pub + " " + secret + " [ping]\n" + with_identity(),                           // one before its section
      with_identity() + "[ Old Identities ]\n" + pub + " " + secret + " [ping]\n",  // one in a section of no meaning
      "colour: " + secret + "\n" + with_identity(),
  };
  for (const std::string& text : texts) {
    const auto config = parse(text);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_FALSE(shows(config->peers.text(), 1)) << text;
    EXPECT_EQ(config->identities[0].secret_key.to_base58(), secret);
  }
}

}  // namespace
}  // namespace remaphore
