#include "base/redact.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

const std::string kSecret = "DEKgK9We8Pu3Axgk5ubhVgSBT57g58U3mB2VjgfrcP1e2cGcX3dHr2AS72PsJpC5KPF76TKmmS678wLXV63hrew";

// Some eight characters in a row of the key are in the text.
bool shows_key(std::string_view text) {
  for (std::size_t i = 0; i + 8 <= kSecret.size(); ++i) {
    if (text.find(kSecret.substr(i, 8)) != text.npos) return true;
  }
  return false;
}

TEST(RedactTest, HidesAKeyAndEveryPieceOfEightCharactersOrMore) {
  for (std::size_t begin = 0; begin < kSecret.size(); ++begin) {
    for (std::size_t size = 8; begin + size <= kSecret.size(); ++size) {
      EXPECT_FALSE(shows_key(redact(kSecret.substr(begin, size)))) << begin << " " << size;
    }
  }
}

TEST(RedactTest, HidesAKeyWhateverStandsAroundItOrInIt) {
  for (const char* between : {" ", ",", "\"", "=", ":", "\t", "[", "/", "\n", "@", "#", ".", "_", "-", "\x80", "é"}) {
    const std::string broken = kSecret.substr(0, 44) + between + kSecret.substr(44);
    EXPECT_FALSE(shows_key(redact(between + broken + between))) << between;
    EXPECT_FALSE(shows_key(display_path(between + broken + between))) << between;
  }
}

TEST(RedactTest, HidesSeedsAndTokensOfNats) {
  const std::string seed = "SUAJ2RDVXV6XKPKV3QYHQ2H3ZRZCSBFAFE5Q4WXLWGSNJBMCWCKBOWY2AA";
  EXPECT_EQ(redact(seed), "(58 characters not shown)");
  EXPECT_EQ(redact(seed, Place::kPath), "(58 characters not shown)");
  EXPECT_EQ(redact("eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.x"), "(46 characters not shown).x");
}

TEST(RedactTest, ShowsHowMuchIsHidden) {
  EXPECT_EQ(quote_redacted("com.x " + kSecret.substr(0, 60) + " [ping]"), "\"com.x (60 characters not shown) [ping]\"");
}

TEST(RedactTest, ShowsWordsAndNames) {
  for (const char* text : {"",
                           "a",
                           "x y",
                           "deploy",
                           "upload_done",
                           "Identities",
                           "webserver01",
                           "restart-webserver",
                           "com.example.left.*",
                           "5s",
                           "-1s",
                           "10001",
                           "4294967297",
                           "NATS://h",
                           "all",
                           "50%",
                           "ec2-192-0-2-1.compute-1.amazonaws.com",
                           "überall",
                           "a,b",
                           "Requirements"}) {
    EXPECT_EQ(redact(text), text);
  }
}

TEST(RedactTest, ShowsPathsThatProgramsMadeUp) {
  for (const char* path :
       {"/tmp/tmp.Ab3dEf6hIj/remaphore.conf", "/etc/remaphore/remaphore.conf", "/nonexistent",
        "/var/lib/0123456789abcdef0123456789abcdef0123456789abcdef/x", "/srv/MyVeryOwnConfigFolder/a"}) {
    EXPECT_EQ(display_path(path), path);
  }
  EXPECT_EQ(display_path("/etc/" + kSecret), "/etc/(" + std::to_string(kSecret.size()) + " characters not shown)");
  EXPECT_EQ(display_path("a\nb"), "a\\x0ab");
}

}  // namespace
}  // namespace remaphore
