#include "io/resolver.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <cstring>
#include <string>

namespace remaphore {
namespace {

std::string text_of(const SocketAddress& address) {
  sockaddr_in either{};  // the port is in the same place of an IPv6 address
  std::memcpy(&either, &address.storage, sizeof either);
  return address.host() + " " + std::to_string(ntohs(either.sin_port));
}

TEST(ResolverTest, TakesAnAddressAsItIs) {
  Resolver v4("127.0.0.1");
  ASSERT_TRUE(v4.done());
  EXPECT_EQ(v4.fd(), -1);
  const auto addresses = v4.take(4222);
  ASSERT_TRUE(addresses);
  ASSERT_EQ(addresses->size(), 1u);
  EXPECT_EQ(text_of(addresses->front()), "127.0.0.1 4222");
  EXPECT_EQ(addresses->front().size, sizeof(sockaddr_in));

  Resolver v6("2001:db8::1");
  ASSERT_TRUE(v6.done());
  EXPECT_EQ(text_of(v6.take(1)->front()), "2001:db8::1 1");
}

TEST(ResolverTest, KeepsLocalhostAtHome) {
  Resolver resolver("localhost");
  ASSERT_TRUE(resolver.done());
  const auto addresses = resolver.take(4222);
  ASSERT_EQ(addresses->size(), 2u);
  EXPECT_EQ(text_of((*addresses)[0]), "127.0.0.1 4222");
  EXPECT_EQ(text_of((*addresses)[1]), "::1 4222");
}

// A label longer than 63 bytes is not a valid name: no look-up leaves this machine.
TEST(ResolverTest, NamesTheHostThatItCannotLookUp) {
  Resolver resolver(std::string(70, 'x'));
  EXPECT_GE(resolver.fd(), 0);
  pollfd done{resolver.fd(), POLLIN, 0};
  ASSERT_EQ(poll(&done, 1, 20000), 1);
  ASSERT_TRUE(resolver.done());
  const auto addresses = resolver.take(4222);
  ASSERT_FALSE(addresses);
  EXPECT_EQ(addresses.error().code, Errc::kConnection);
  EXPECT_EQ(addresses.error().message.find("cannot look up \"" + std::string(70, 'x') + "\": "), 0u);
}

TEST(ResolverTest, MayBeLeftBeforeItIsDone) { Resolver resolver(std::string(70, 'y')); }

}  // namespace
}  // namespace remaphore
