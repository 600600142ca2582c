#include "system_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace node::system_files {

// A folder of its own for each test, and a time that it moves.
class SystemFilesTest : public testing::Test {
 protected:
  SystemFilesTest() {
    char folder[] = "/tmp/node-system-files-XXXXXX";
    EXPECT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    path_ = folder_ + "/file";
  }
  ~SystemFilesTest() override {
    for (const std::string& path : {path_, path_ + ".new"}) {
      unlink(path.c_str());
      rmdir(path.c_str());
    }
    rmdir(folder_.c_str());
  }
  static void Write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
  void Write(std::string_view text) { Write(path_, text); }
  // Lets all of the file's times be long ago, so that only what is new differs.
  void Age() {
    const timespec times[2] = {{1000000, 0}, {1000000, 0}};
    EXPECT_EQ(utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  }
  bool LookLater(File* file) { return file->Refresh(now_ms_ += kLookMs); }

  std::string folder_, path_;
  double now_ms_ = 0;
};

TEST_F(SystemFilesTest, ReadsAtFirstAndThenWhenItChanges) {
  Write("one");
  File file(path_, 100);
  EXPECT_TRUE(file.Refresh(now_ms_));
  EXPECT_EQ(file.text(), "one");
  EXPECT_EQ(file.error(), "");
  Write("two, longer");
  EXPECT_FALSE(file.Refresh(now_ms_ + kLookMs - 1)) << "looked before it was time";
  EXPECT_EQ(file.text(), "one");
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), "two, longer");
}

TEST_F(SystemFilesTest, AChangeWithinOneTickOfTheClockIsSeen) {
  // As many bytes, and the same time of writing; the time of the change may be the same too.
  Write("one");
  Age();
  File file(path_, 100);
  EXPECT_TRUE(LookLater(&file));
  Write("two");
  Age();
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), "two");
}

TEST_F(SystemFilesTest, AFileThatIsReplacedIsSeen) {
  Write("one");
  File file(path_, 100);
  EXPECT_TRUE(LookLater(&file));
  Write(path_ + ".new", "new");
  EXPECT_EQ(rename((path_ + ".new").c_str(), path_.c_str()), 0);
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), "new");
}

TEST_F(SystemFilesTest, AFileThatGoesAndComesIsSeen) {
  File file(path_, 100);
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), "");
  EXPECT_EQ(file.error(), "stat ENOENT " + path_ + ": No such file or directory");
  EXPECT_FALSE(LookLater(&file)) << "still none";
  Write("here");
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), "here");
  EXPECT_EQ(file.error(), "");
  unlink(path_.c_str());
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), "");
}

TEST_F(SystemFilesTest, WhatIsNoFileIsNotWaitedFor) {
  EXPECT_EQ(mkdir(path_.c_str(), 0700), 0);
  File folder(path_, 100);
  EXPECT_TRUE(LookLater(&folder));
  EXPECT_EQ(folder.error(), path_ + ": not a regular file");
  rmdir(path_.c_str());
  EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_TRUE(LookLater(&folder));
  EXPECT_EQ(folder.error(), path_ + ": not a regular file");
}

TEST_F(SystemFilesTest, WhatMustNotBeReadIsNamed) {
  Write("secret");
  chmod(path_.c_str(), 0);
  chmod(folder_.c_str(), 0755);
  File file(path_, 100);
  // Root may read everything: for a moment we are nobody.
  const bool is_root = geteuid() == 0;
  if (is_root) ASSERT_EQ(seteuid(65534), 0);
  EXPECT_TRUE(LookLater(&file));
  if (is_root) ASSERT_EQ(seteuid(0), 0);
  // By the umask the folder or the file says so.
  EXPECT_TRUE(file.error().ends_with(" EACCES " + path_ + ": Permission denied")) << file.error();
  // Nothing is there at the address 0.
  File memory("/proc/self/mem", 100);
  EXPECT_TRUE(LookLater(&memory));
  EXPECT_EQ(memory.error(), "read EIO /proc/self/mem: Input/output error");
  EXPECT_EQ(memory.text(), "");
}

TEST_F(SystemFilesTest, NoMoreThanTheLimitIsRead) {
  for (size_t size : {99u, 100u, 101u, 100000u}) {
    Write(std::string(size, 'x'));
    File file(path_, 100);
    EXPECT_TRUE(LookLater(&file));
    EXPECT_EQ(file.text().size(), std::min<size_t>(size, 100));
    EXPECT_EQ(file.cut(), size > 100);
  }
  Write(std::string(100000, 'y'));
  File file(path_, 1000000);
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), std::string(100000, 'y'));
}

TEST_F(SystemFilesTest, WithoutDescriptorsTheOldTextStays) {
  Write("one");
  File file(path_, 100);
  EXPECT_TRUE(LookLater(&file));
  Write("two!");
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool changed = LookLater(&file);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(changed);
  EXPECT_EQ(file.text(), "one");
  EXPECT_TRUE(LookLater(&file));
  EXPECT_EQ(file.text(), "two!");
}

TEST_F(SystemFilesTest, TheEnvironmentNamesOthers) {
  // It is read once: in a process of its own, before anybody else has looked.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Write("10.9.8.7 only.example\n");
  EXPECT_EXIT(
      {
        setenv("NODE_HOSTS", path_.c_str(), 1);
        exit(Hosts().Find("only.example") == std::vector<std::string_view>{"10.9.8.7"} ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace node::system_files
