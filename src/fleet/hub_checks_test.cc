#include "fleet/hub_checks.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet/port_owner.h"

namespace remaphore::fleet {
namespace {

TEST(HubTest, NamesTheProcessThatTookItsPort) {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listening, raw, size), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  ASSERT_EQ(::getsockname(listening, raw, &size), 0);
  const std::uint16_t port = ntohs(address.sin_port);

  const std::optional<PortOwner> owner = find_port_owner(port);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->process, ::getpid());
  EXPECT_FALSE(owner->program.empty());
  EXPECT_EQ(check_port_free({"127.0.0.1", port, false, {}, {}}).error().message,
            "127.0.0.1:" + std::to_string(port) + " is taken by " + owner->text());
  EXPECT_FALSE(check_port_free({"0.0.0.0", port, false, {}, {}}));
  ::close(listening);
  EXPECT_TRUE(check_port_free({"127.0.0.1", port, false, {}, {}}));
  EXPECT_FALSE(find_port_owner(port));
}

TEST(HubTest, ReadsItsListenLine) {
  EXPECT_EQ(read_listen_line("# x\n listen: \"[::1]:5222\"\nother\n")->display(), "[::1]:5222");
  EXPECT_EQ(read_listen_line("listen: 10.0.0.5:5222")->display(), "10.0.0.5:5222");
  EXPECT_FALSE(read_listen_line("port: 4222\n"));
}

}  // namespace
}  // namespace remaphore::fleet
