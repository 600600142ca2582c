#include "shell.h"

#include <gtest/gtest.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstring>

namespace node::shell {

static bool ShellIsDash() {
  char path[PATH_MAX];
  return realpath("/bin/sh", path) != nullptr && std::strstr(path, "/dash") != nullptr;
}

TEST(ShellTest, ACommandLineIsForTheShell) {
  spawn::Command command = WithShell("ls | wc");
  EXPECT_EQ(command.file, "/bin/sh");
  EXPECT_EQ(command.arguments, std::vector<std::string>({"/bin/sh", "-c", "ls | wc"}));
  EXPECT_FALSE(command.environment.has_value());
  EXPECT_EQ(command.folder, "");
}

// The environment of the tests' own process; others are tried by test/cli/child_process_test.py.
TEST(ShellTest, AProgramAndItsWordsNeedNone) {
  // What is found in the environment at first stays; the tests' own is good enough here.
  setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
  char here[PATH_MAX];
  ASSERT_NE(getcwd(here, sizeof here), nullptr);
  setenv("PWD", here, 1);
  std::optional<spawn::Command> command = WithoutShell(" cat  -n /dev/null");
  if (!ShellIsDash()) {
    EXPECT_FALSE(command.has_value());
    GTEST_SKIP() << "/bin/sh is not dash";
  }
  if (!command.has_value()) GTEST_SKIP() << "an environment that dash would change";
  EXPECT_TRUE(command->file == "/usr/bin/cat" || command->file == "/bin/cat") << command->file;
  EXPECT_EQ(command->arguments, std::vector<std::string>({"cat", "-n", "/dev/null"}));
  EXPECT_EQ(command->folder, "");
  EXPECT_FALSE(command->environment.has_value());
  EXPECT_TRUE(WithoutShell("/bin/true").has_value());
}

TEST(ShellTest, EverythingElseIsTheShells) {
  for (const char* text : {"true", "echo a", "cat x > y", "A=1 cat", "no-such-program-here", ""}) {
    EXPECT_FALSE(WithoutShell(text).has_value()) << text;
  }
}

}  // namespace node::shell
