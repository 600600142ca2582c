#include "inbox.h"

#include <gtest/gtest.h>

#include <string>

namespace node::inbox {

static std::string Told(Inbox* inbox) {
  std::string log;
  inbox->Empty([&](slots::Id id, std::string_view bytes) {
    log += std::to_string(id) + ":" + std::string(bytes.substr(0, 9)) + (inbox->Has(id) ? " and more;" : ";");
  });
  return log;
}

TEST(InboxTest, TellsOfEachInItsOrderOnce) {
  Inbox inbox;
  EXPECT_TRUE(inbox.empty());
  EXPECT_FALSE(inbox.Has(7));
  EXPECT_TRUE(inbox.Put(7, "one"));
  EXPECT_TRUE(inbox.Put(8, ""));
  EXPECT_TRUE(inbox.Put(7, "three"));
  EXPECT_FALSE(inbox.empty());
  EXPECT_TRUE(inbox.Has(8));
  EXPECT_FALSE(inbox.Has(9));
  EXPECT_EQ(Told(&inbox), "7:one and more;8:;7:three;");
  EXPECT_TRUE(inbox.empty());
  EXPECT_EQ(Told(&inbox), "");
}

TEST(InboxTest, RefusesWhatIsTooMuch) {
  Inbox inbox;
  EXPECT_FALSE(inbox.Put(1, std::string(4097, 'x')));
  for (int round = 0; round < 2; ++round) {
    for (slots::Id id = 0; id < 16; ++id) EXPECT_TRUE(inbox.Put(id, std::string(4096, static_cast<char>('a' + id))));
    EXPECT_FALSE(inbox.Put(16, "x"));
    std::string log = Told(&inbox);
    EXPECT_TRUE(log.starts_with("0:aaaaaaaaa;1:bbbbbbbbb;") && log.ends_with("15:ppppppppp;")) << log;
  }
  for (slots::Id id = 0; id < 512; ++id) EXPECT_TRUE(inbox.Put(id, "x"));
  EXPECT_FALSE(inbox.Put(512, "x"));
}

}  // namespace node::inbox
