#include "drivers/device_troubles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace handfast::drivers {
namespace {

using testing::HasSubstr;

TEST(DeviceTroubles, AMissingTunModuleSaysHowToLoadIt) {
  const std::string text = explain_open(ENOENT).to_string();
  EXPECT_THAT(text, HasSubstr("cannot open /dev/net/tun: No such file or directory"));
  EXPECT_THAT(text, HasSubstr("`modprobe tun`"));
  EXPECT_THAT(text, HasSubstr("--device /dev/net/tun"));
}

TEST(DeviceTroubles, MissingPrivilegeNamesTheCommandThatHelps) {
  const std::string text = explain_attach(EPERM, "tun7", "tun").to_string();
  EXPECT_THAT(text, HasSubstr("CAP_NET_ADMIN"));
  EXPECT_THAT(text, HasSubstr("`ip tuntap add mode tun user $USER name tun7`"));
  EXPECT_THAT(explain_attach(EPERM, "tap7", "tap").to_string(), HasSubstr("mode tap user $USER name tap7"));
}

TEST(DeviceTroubles, ABusyDeviceIsSomebodyElses) {
  EXPECT_THAT(explain_attach(EBUSY, "tun0", "tun").to_string(), HasSubstr("another program has tun0 open"));
}

TEST(DeviceTroubles, ADeviceOfTheOtherKindNamesTheOption) {
  EXPECT_THAT(explain_attach(EINVAL, "x0", "tun").to_string(), HasSubstr("say --tap if it is a tap device"));
  EXPECT_THAT(explain_attach(EINVAL, "x0", "tap").to_string(), HasSubstr("leave out --tap if it is a tun device"));
}

TEST(DeviceTroubles, AnInterfaceThatIsDownSaysHowToBringItUp) {
  EXPECT_EQ(explain_transfer(EIO, "write to", "tun0").to_string(),
            "the interface tun0 is down; bring it up with `ip link set tun0 up`");
}

TEST(DeviceTroubles, ARemovedInterfaceIsNamed) {
  EXPECT_THAT(explain_transfer(EBADFD, "read from", "tun0").to_string(), HasSubstr("tun0 was removed"));
  EXPECT_THAT(explain_transfer(ENODEV, "read from", "tun0").to_string(), HasSubstr("tun0 was removed"));
}

TEST(DeviceTroubles, EveryErrorHasASentence) {
  for (int error = 1; error < 134; ++error) {
    EXPECT_THAT(explain_open(error).what, HasSubstr("/dev/net/tun")) << error;
    EXPECT_THAT(explain_attach(error, "tun0", "tun").what, HasSubstr("tun0")) << error;
    EXPECT_THAT(explain_setting(error, "set the MTU", "tun0").what, HasSubstr("tun0")) << error;
    EXPECT_EQ(explain_open(error).code.value(), error);
  }
}

TEST(DeviceTroubles, NamesThatCannotBeAreRefusedInWords) {
  EXPECT_EQ(bad_device_name("tun0"), "");
  EXPECT_EQ(bad_device_name("fifteen-letters"), "");
  EXPECT_THAT(bad_device_name("sixteen-letters-"), HasSubstr("at most 15 characters"));
  for (const char* name : {"", ".", "..", "a/b", "a b", "tun%d", "a:b", "a\nb"}) EXPECT_NE(bad_device_name(name), "");
}

}  // namespace
}  // namespace handfast::drivers
