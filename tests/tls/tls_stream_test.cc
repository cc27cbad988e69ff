// remaphore-tls.so as the programs use it, against a server that misbehaves as no honest one would.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "io/descriptor.h"
#include "io/tls.h"
#include "memory_server.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

using Status = Transfer::Status;

class TlsStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> pair{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()), 0);
    ours_.reset(pair[0]);
    theirs_.reset(pair[1]);
  }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path(name)) << text;
    return folder_.path(name);
  }

  // Starts and shakes hands with `server`.
  std::unique_ptr<TlsStream> connected(test::MemoryServer& server) {
    auto stream = TlsStream::start(ours_.get(), "localhost", {file("ca.pem", authority_.certificate_pem()), "", ""});
    EXPECT_TRUE(stream) << stream.error().message;
    bool ours = false, theirs = false;
    for (int turn = 0; turn < 20 && !(ours && theirs); ++turn) {
      const Transfer moved = (*stream)->handshake();
      EXPECT_NE(moved.status, Status::kFailed) << moved.error;
      ours = moved.status == Status::kDone;
      hear(server);
      theirs = SSL_do_handshake(server.session()) == 1;
      say(server.said());
    }
    EXPECT_TRUE(ours && theirs);
    return std::move(*stream);
  }

  void hear(test::MemoryServer& server) {
    std::array<char, 4096> piece;
    ssize_t size = 0;
    while ((size = recv(theirs_.get(), piece.data(), piece.size(), 0)) > 0) {
      server.hear(std::string(piece.data(), static_cast<std::size_t>(size)));
    }
  }
  void say(const std::string& bytes) {
    ASSERT_EQ(send(theirs_.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  int unread() const {
    int bytes = 0;
    EXPECT_EQ(ioctl(ours_.get(), FIONREAD, &bytes), 0);
    return bytes;
  }

  // Errors about unusable files.
  std::string refusal(const TlsFiles& files) {
    const auto stream = TlsStream::start(-1, "localhost", files);
    return stream ? "none" : stream.error().message;
  }

  test::TestFolder folder_;
  test::Authority authority_;
  Descriptor ours_, theirs_;
};

TEST_F(TlsStreamTest, CarriesBytesBothWays) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SetUp();
    test::MemoryServer server(authority_, version);
    const auto stream = connected(server);
    SSL_write(server.session(), "hello", 5);
    say(server.said());
    std::array<char, 64> into;
    Transfer got = stream->read(into);
    while (got.status == Status::kAgain && unread() > 0) got = stream->read(into);
    ASSERT_EQ(got.status, Status::kDone);
    EXPECT_EQ(std::string(into.data(), got.size), "hello");
    ASSERT_EQ(stream->write("world").status, Status::kDone);
    hear(server);
    EXPECT_EQ(SSL_read(server.session(), into.data(), 64), 5);
  }
}

TEST_F(TlsStreamTest, ReturnsAfterEachKeyUpdateHoweverManyCome) {
  constexpr int kUpdates = 1000;
  test::MemoryServer server(authority_, TLS1_3_VERSION);
  const auto stream = connected(server);
  for (int i = 0; i < kUpdates; ++i) {
    ASSERT_EQ(SSL_key_update(server.session(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(server.session()), 1);
  }
  SSL_write(server.session(), "hello", 5);
  say(server.said());
  std::array<char, 64> into;
  int turns = 0;
  Transfer got = stream->read(into);
  for (; got.status == Status::kAgain && unread() > 0; ++turns) got = stream->read(into);
  EXPECT_EQ(got.status, Status::kDone);
  EXPECT_GE(turns, kUpdates);
}

TEST_F(TlsStreamTest, TakesInABoundedPieceOfAHandshakeThatNeverBegins) {
  auto stream = TlsStream::start(ours_.get(), "localhost", {file("ca.pem", authority_.certificate_pem()), "", ""});
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_EQ((*stream)->handshake().status, Status::kAgain);
  std::string record("\x16\x03\x03\x20\x00", 5);  // hello requests, which a client skips
  record.append(0x2000, '\0');
  for (int i = 0; i < 16; ++i) say(record);
  const int before = unread();
  EXPECT_EQ((*stream)->handshake().status, Status::kAgain);
  EXPECT_GT(unread(), before / 4);
  EXPECT_LT(unread(), before);
}

TEST_F(TlsStreamTest, DoesNotRenegotiate) {
  test::MemoryServer server(authority_, TLS1_2_VERSION);
  const auto stream = connected(server);
  ASSERT_EQ(SSL_renegotiate(server.session()), 1);
  ASSERT_EQ(SSL_do_handshake(server.session()), 1);  // the request is out
  say(server.said());
  std::array<char, 64> into;
  EXPECT_EQ(stream->read(into).status, Status::kAgain);
  std::array<char, 256> answer;
  ASSERT_GT(recv(theirs_.get(), answer.data(), answer.size(), 0), 0);
  EXPECT_EQ(answer[0], 21) << "an alert, not the hello of another handshake";
}

TEST_F(TlsStreamTest, TakesAnEndWithoutAGoodbyeForAnEnd) {
  test::MemoryServer server(authority_, TLS1_3_VERSION);
  const auto stream = connected(server);
  theirs_.reset();
  std::array<char, 64> into;
  Transfer got = stream->read(into);
  while (got.status == Status::kAgain && unread() > 0) got = stream->read(into);
  EXPECT_EQ(stream->read(into).status, Status::kClosed);
}

TEST_F(TlsStreamTest, SaysThatAServerDoesNotSpeakTls) {
  auto stream = TlsStream::start(ours_.get(), "localhost", {file("ca.pem", authority_.certificate_pem()), "", ""});
  ASSERT_TRUE(stream);
  ASSERT_EQ((*stream)->handshake().status, Status::kAgain);
  say("INFO {\"server_id\":\"plain\"}\r\n");
  const Transfer got = (*stream)->handshake();
  EXPECT_EQ(got.status, Status::kFailed);
  EXPECT_EQ(got.error, "no TLS on that port");
}

TEST_F(TlsStreamTest, NamesAKeyThatIsProtectedAndAsksNobody) {
  const std::string cert = file("c.pem", authority_.certificate_pem());
  const std::string key = file("k.key", authority_.key_pem("secret"));
  EXPECT_EQ(refusal({"", cert, key}), "tls_key " + key +
                                          ": it is encrypted with a passphrase, which cannot be asked for here; "
                                          "remove it with `openssl pkey`");
}

TEST_F(TlsStreamTest, NamesTheFileThatCannotBeUsedAndWhy) {
  const std::string cert = file("c.pem", authority_.certificate_pem()), key = file("k.key", authority_.key_pem());
  const std::string empty = file("empty", ""), junk = file("junk", "junk\n"), absent = folder_.path("absent");
  const std::string other = file("other.key", test::Authority().key_pem());
  const std::string half = file("half", authority_.certificate_pem().substr(0, 200));
  const std::string fifo = folder_.path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(refusal({cert, cert, key}), "none");
  EXPECT_EQ(refusal({absent, "", ""}), "tls_ca " + absent + ": No such file or directory");
  EXPECT_EQ(refusal({empty, "", ""}), "tls_ca " + empty + ": it is empty");
  EXPECT_EQ(refusal({fifo, "", ""}), "tls_ca " + fifo + ": it is not a regular file");
  EXPECT_EQ(refusal({junk, "", ""}), "tls_ca " + junk + ": it holds no certificate");
  EXPECT_EQ(refusal({key, "", ""}), "tls_ca " + key + ": it holds no certificate");
  EXPECT_EQ(refusal({"", junk, key}).rfind("tls_cert " + junk + ": it holds no certificate", 0), 0u);
  EXPECT_EQ(refusal({"", half, key}).rfind("tls_cert " + half + ": it holds no certificate", 0), 0u);
  EXPECT_EQ(refusal({"", cert, junk}).rfind("tls_key " + junk + ": it holds no private key", 0), 0u);
  EXPECT_EQ(refusal({"", cert, other}), "tls_key " + other + ": it does not belong to the certificate of tls_cert");
  EXPECT_EQ(refusal({"", cert, ""}), "tls_cert " + cert + ": it needs tls_key, which is not set");
  EXPECT_EQ(refusal({"", "", key}), "tls_key " + key + ": it needs tls_cert, which is not set");
  EXPECT_EQ(refusal({"", file("two", authority_.certificate_pem() + authority_.certificate_pem()), key}), "none");
}

TEST_F(TlsStreamTest, DoesNotReadAFileWithoutEnd) {
  const std::string large = file("large", "");
  ASSERT_EQ(truncate(large.c_str(), 5 << 20), 0);
  EXPECT_EQ(refusal({large, "", ""}), "tls_ca " + large + ": it is too large for a PEM file");
}

}  // namespace
}  // namespace remaphore
