#include "http_fields.h"

#include <gtest/gtest.h>

#include <string>

namespace node::http_fields {

TEST(HttpFieldsTest, FieldsAreFoundWhereverTheyStand) {
  // Lines of all lengths, so that each place of a piece of 16 bytes is tried for each end of a line.
  for (size_t before = 0; before < 40; ++before) {
    for (size_t length = 0; length < 20; ++length) {
      const std::string head = "GET / HTTP/1.1\r\nA" + std::string(before, 'x') +
                               ": 1\r\nNeedle:  " + std::string(length, 'v') + "\t\r\nneedle: second\r\nLast:z\r\n\r\n";
      EXPECT_EQ(FindField(head, "needle"), std::string(length, 'v'));
      EXPECT_NE(FindField(head, "needle").data(), nullptr);
      EXPECT_EQ(FindField(head, "last"), "z");
      EXPECT_EQ(FindField(head, "a" + std::string(before, 'x')), "1");
    }
  }
}

TEST(HttpFieldsTest, WhatIsNotThereIsNotFound) {
  const std::string head = "GET /needle:1 HTTP/1.1\r\nX-Needle: a\r\nNeedle-X: b\r\nOther: needle: c\r\nEmpty:\r\n\r\n";
  for (const char* name : {"needle", "eedle", "x-needl", "get /needle", "", "1 http/1.1"}) {
    EXPECT_EQ(FindField(head, name).data(), nullptr) << name;
  }
  EXPECT_EQ(FindField(head, "empty"), "");
  EXPECT_NE(FindField(head, "empty").data(), nullptr);
  EXPECT_EQ(FindField("", "a").data(), nullptr);
  EXPECT_EQ(FindField("GET / HTTP/1.1\r\n\r\n", "a").data(), nullptr);
  EXPECT_EQ(FindField("GET / HTTP/1.1\r\n\r\n", "a name that is longer than all that is left").data(), nullptr);
}

}  // namespace node::http_fields
