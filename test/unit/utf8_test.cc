#include "utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace node::utf8 {

TEST(Utf8Test, CompleteTextHasNoTail) {
  for (const char* text : {"", "a", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "x\xf0\x9f\x98\x80"}) {
    EXPECT_EQ(IncompleteTail(text), 0u) << text;
  }
}

TEST(Utf8Test, EveryPrefixOfACharacterIsHeldBack) {
  for (std::string text : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    for (size_t length = 1; length < text.size(); ++length) {
      EXPECT_EQ(IncompleteTail("ab" + text.substr(0, length)), length);
      EXPECT_EQ(IncompleteTail(text.substr(0, length)), length);
    }
  }
}

TEST(Utf8Test, WhatCannotBecomeACharacterIsNotHeldBack) {
  for (const char* text : {"\xff", "\xc0", "\xc1", "\xf5", "\x80", "\x80\x80\x80", "\xe0\x80", "\xed\xa0", "\xf0\x80",
                           "\xf4\x90", "\xc3\xa9\xa9"}) {
    EXPECT_EQ(IncompleteTail(text), 0u) << text;
  }
}

}  // namespace node::utf8
