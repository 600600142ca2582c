#include "shell_command.h"

#include <gtest/gtest.h>

namespace node::shell_command {

using Words = std::vector<std::string_view>;

TEST(ShellCommandTest, PlainWordsAreSplitAtBlanks) {
  EXPECT_EQ(PlainWords("ls"), Words({"ls"}));
  EXPECT_EQ(PlainWords(" /bin/ls \t -l  /usr "), Words({"/bin/ls", "-l", "/usr"}));
  EXPECT_EQ(PlainWords("dd if=/dev/zero bs=1 a.b_c:d@e%f+g,h"),
            Words({"dd", "if=/dev/zero", "bs=1", "a.b_c:d@e%f+g,h"}));
  EXPECT_EQ(PlainWords("/bin/true"), Words({"/bin/true"}));
}

TEST(ShellCommandTest, WhateverMeansSomethingToAShellIsNot) {
  for (int c = 0; c < 256; ++c) {
    const bool harmless =
        std::isalnum(c) != 0 || std::string_view("_./:@%+,-= \t").find(static_cast<char>(c)) != std::string_view::npos;
    for (const char* format : {"ls x?y", "ls ?", "?ls", "ls?", "l?s x"}) {
      std::string command = format;
      command[command.find('?')] = static_cast<char>(c);
      if (!harmless || c >= 0x80) EXPECT_FALSE(PlainWords(command).has_value()) << "byte " << c << " in " << format;
    }
    if (harmless) EXPECT_TRUE(PlainWords(std::string("ls x") + static_cast<char>(c)).has_value()) << c;
  }
}

TEST(ShellCommandTest, NothingAndTooMuchAreNot) {
  for (const char* command : {"", " ", "\t \t"}) EXPECT_FALSE(PlainWords(command).has_value()) << command;
  EXPECT_TRUE(PlainWords("ls " + std::string(4093, 'x')).has_value());
  EXPECT_FALSE(PlainWords("ls " + std::string(4094, 'x')).has_value());
}

TEST(ShellCommandTest, TheShellsOwnWordsAndAssignmentsAreNot) {
  for (const char* word :
       {"!",       ".",        ":",     "[",     "alias",  "bg",    "break",    "case",     "cd",     "chdir",
        "command", "continue", "do",    "done",  "echo",   "elif",  "else",     "esac",     "eval",   "exec",
        "exit",    "export",   "false", "fg",    "fi",     "for",   "function", "getopts",  "hash",   "if",
        "in",      "jobs",     "kill",  "local", "printf", "pwd",   "read",     "readonly", "return", "set",
        "shift",   "source",   "test",  "then",  "time",   "times", "trap",     "true",     "type",   "ulimit",
        "umask",   "unalias",  "unset", "until", "wait",   "while", "A=1",      "=x",       "A="}) {
    EXPECT_FALSE(PlainWords(word).has_value()) << word;
    EXPECT_FALSE(PlainWords(std::string(" ") + word + " x").has_value()) << word;
    EXPECT_EQ(PlainWords(std::string("ls ") + (*word == '!' || *word == '[' ? "x" : word)).has_value(), true) << word;
  }
}

TEST(ShellCommandTest, EntriesThatDashChangesOrDrops) {
  for (const char* entry : {"A=", "A=1", "_=/bin/x", "a_9Z=b=c", "PWD=/", "PATH=/bin", "IFSX=1", "OPTARG=1"}) {
    EXPECT_TRUE(PassesUnchanged(entry)) << entry;
  }
  for (const char* entry : {"", "A", "=1", "9a=1", "a.b=1", "a-b=1", "BASH_FUNC_x%%=() { :; }", "a b=1", "\xc3\xa9=1",
                            "IFS=", "OPTIND=1", "PPID=7", "LINENO=1"}) {
    EXPECT_FALSE(PassesUnchanged(entry)) << entry;
  }
}

TEST(ShellCommandTest, FindsAVariable) {
  const std::vector<std::string> environment = {"PATHS=no", "PAT=no", "PATH=/a=b", "EMPTY="};
  EXPECT_EQ(FindVariable(environment, "PATH"), "/a=b");
  EXPECT_EQ(FindVariable(environment, "EMPTY"), "");
  EXPECT_FALSE(FindVariable(environment, "EMPT").has_value());
  EXPECT_FALSE(FindVariable({}, "PATH").has_value());
}

}  // namespace node::shell_command
