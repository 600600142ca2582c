#include "options.h"

#include <gtest/gtest.h>

namespace node::options {

static Options ParseAll(std::vector<const char*> arguments, bool terminal = true) {
  arguments.insert(arguments.begin(), "node");
  return Parse(static_cast<int>(arguments.size()), arguments.data(), terminal);
}

using Strings = std::vector<std::string>;

TEST(OptionsTest, WhatFollowsTheScriptIsTheScripts) {
  Options options = ParseAll({"d/x.js", "--version", "-e", "--v8-flags=--x"});
  EXPECT_EQ(options.mode, Mode::kScript);
  EXPECT_EQ(options.script, "d/x.js");
  EXPECT_EQ(options.argv, (Strings{"node", "d/x.js", "--version", "-e", "--v8-flags=--x"}));
  EXPECT_EQ(options.v8_flags, "");
}

TEST(OptionsTest, EngineFlagsBeforeTheScriptAreJoined) {
  Options options = ParseAll({"--v8-flags=--a", "--v8-flags=--b --c", "--no-snapshot", "x.js"});
  EXPECT_EQ(options.v8_flags, "--a --b --c");
  EXPECT_FALSE(options.use_snapshot);
  EXPECT_EQ(options.script, "x.js");
}

TEST(OptionsTest, CodeOnTheCommandLine) {
  Options options = ParseAll({"-e", "puts(1)", "-x", "y"});
  EXPECT_EQ(options.mode, Mode::kEval);
  EXPECT_EQ(options.code, "puts(1)");
  EXPECT_EQ(options.argv, (Strings{"node", "[eval]", "-x", "y"}));
}

TEST(OptionsTest, StandardInput) {
  Options options = ParseAll({"-", "a"});
  EXPECT_EQ(options.mode, Mode::kStdin);
  EXPECT_EQ(options.argv, (Strings{"node", "-", "a"}));
  EXPECT_EQ(ParseAll({}, /*terminal=*/false).mode, Mode::kStdin);
}

TEST(OptionsTest, NoScriptOnATerminalIsAUsageError) {
  Options options = ParseAll({});
  EXPECT_EQ(options.mode, Mode::kUsageError);
  EXPECT_EQ(options.error, "no script given");
}

TEST(OptionsTest, UnknownOptionsAndMissingValuesAreNamed) {
  EXPECT_EQ(ParseAll({"--frob", "x.js"}).error, "unknown option --frob");
  EXPECT_EQ(ParseAll({"-e"}).error, "-e needs a value");
  EXPECT_EQ(ParseAll({"--check"}).error, "--check needs a value");
}

TEST(OptionsTest, DoubleDashEndsOptions) {
  Options options = ParseAll({"--", "-x.js", "-e"});
  EXPECT_EQ(options.mode, Mode::kScript);
  EXPECT_EQ(options.script, "-x.js");
}

TEST(OptionsTest, Information) {
  EXPECT_EQ(ParseAll({"--version"}).mode, Mode::kVersion);
  EXPECT_EQ(ParseAll({"-h"}).mode, Mode::kHelp);
  EXPECT_EQ(ParseAll({"--licenses"}).mode, Mode::kLicenses);
  EXPECT_EQ(ParseAll({"--check-code"}).mode, Mode::kCheckCode);
  Options options = ParseAll({"--check", "x.js"});
  EXPECT_EQ(options.mode, Mode::kCheck);
  EXPECT_EQ(options.script, "x.js");
}

}  // namespace node::options
