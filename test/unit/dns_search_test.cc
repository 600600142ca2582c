#include "dns_search.h"

#include <gtest/gtest.h>

#include <string>

namespace node::dns_search {

static dns_message::Name Parse(std::string_view text) {
  dns_message::Name name;
  EXPECT_EQ(dns_message::ParseName(text, &name), nullptr) << text;
  return name;
}

// The names to try, with blanks between.
static std::string Show(std::string_view text, const std::vector<std::string>& domains, uint32_t ndots) {
  auto list = std::make_shared<std::vector<dns_message::Name>>();
  for (const std::string& domain : domains) list->push_back(Parse(domain));
  Names names(Parse(text), list, ndots);
  EXPECT_EQ(names.domain_count(), domains.size());
  std::string shown;
  dns_message::Name name;
  while (names.Next(&name)) shown += (shown.empty() ? "" : " ") + name.ToText();
  EXPECT_FALSE(names.Next(&name));
  return shown;
}

TEST(DnsSearchTest, TheDotsDecideWhetherTheNameComesFirst) {
  EXPECT_EQ(Show("web", {"a", "b.c"}, 1), "web.a web.b.c web");
  EXPECT_EQ(Show("web.x", {"a", "b.c"}, 1), "web.x web.x.a web.x.b.c");
  EXPECT_EQ(Show("web.x", {"a"}, 2), "web.x.a web.x");
  EXPECT_EQ(Show("web.x.y", {"a"}, 2), "web.x.y web.x.y.a");
  EXPECT_EQ(Show("web", {"a"}, 0), "web web.a");
  EXPECT_EQ(Show("web", {}, 1), "web");
  EXPECT_EQ(Show(".", {"a"}, 1), "a .");
  // A dot within a label is none.
  EXPECT_EQ(Show("w\\.eb", {"a"}, 1), "w\\.eb.a w\\.eb");
}

TEST(DnsSearchTest, NamesThatWouldBeTooLongAreLeftOut) {
  const std::string label(63, 'x');
  const std::string domain = label + "." + label + "." + label;  // 192 bytes, the root not counted
  const std::string fits(61, 'y'), over(62, 'y');
  EXPECT_EQ(Show(fits, {domain, "a"}, 1), fits + "." + domain + " " + fits + ".a " + fits);
  EXPECT_EQ(Show(over, {domain, "a"}, 1), over + ".a " + over);
}

TEST(DnsSearchTest, ALastDotMakesANameAbsolute) {
  for (std::string_view text : {"web.", ".", "a.b.", "a\\\\."}) EXPECT_TRUE(IsAbsolute(text)) << text;
  for (std::string_view text : {"", "web", "a.b", "a\\.", "a\\\\\\."}) EXPECT_FALSE(IsAbsolute(text)) << text;
}

}  // namespace node::dns_search
