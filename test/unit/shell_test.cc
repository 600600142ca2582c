#include "shell.h"

#include <gtest/gtest.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

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

// What is left out, or how it differs from `cat -n /dev/null` as it should be started; "" when all is well.
static std::string LeftOut() {
  const std::optional<spawn::Command> command = WithoutShell(" cat  -n /dev/null");
  if (!command.has_value()) return "nothing is started without a shell";
  if (command->file != "/usr/bin/cat" && command->file != "/bin/cat") return "file " + command->file;
  if (command->arguments != std::vector<std::string>({"cat", "-n", "/dev/null"})) return "arguments";
  if (!command->folder.empty() || command->environment.has_value()) return "folder or environment";
  return WithoutShell("/bin/true").has_value() ? "" : "/bin/true";
}

// Other environments are tried by test/cli/child_process_test.py.
TEST(ShellTest, AProgramAndItsWordsNeedNone) {
  // What is found in the environment at first stays: in a process of its own, before anybody else has looked.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        char here[PATH_MAX];
        if (getcwd(here, sizeof here) == nullptr) exit(2);
        clearenv();
        setenv("PATH", "/usr/bin:/bin", 1);
        setenv("PWD", here, 1);
        // Only what dash does is known.
        const std::string left_out = ShellIsDash()                     ? LeftOut()
                                     : WithoutShell("cat").has_value() ? "a shell that is not dash"
                                                                       : "";
        std::fprintf(stderr, "%s\n", left_out.c_str());
        exit(left_out.empty() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ShellTest, EverythingElseIsTheShells) {
  for (const char* text : {"true", "echo a", "cat x > y", "A=1 cat", "no-such-program-here", ""}) {
    EXPECT_FALSE(WithoutShell(text).has_value()) << text;
  }
}

}  // namespace node::shell
