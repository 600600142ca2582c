#include "file_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "loop.h"

namespace node::file_watch {

static std::string trace;
static uint32_t remove_on_event;

static void OnChange(uint32_t watch, Kind kind, std::string_view entry) {
  static constexpr const char* kNames[] = {"made", "removed", "written", "attributes", "lost"};
  trace += std::to_string(watch) + " " + kNames[static_cast<int>(kind)] + " " + std::string(entry) + "\n";
  if (entry == "stop" || entry.empty()) Remove(watch);
  if (remove_on_event != 0) Remove(remove_on_event);
}

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::string name = testing::TempDir() + "node-unit-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name + "/";
    trace.clear();
    remove_on_event = 0;
    SetListener(OnChange);
  }
  ~FileWatchTest() override { std::filesystem::remove_all(folder_); }

  std::string Make(const std::string& name) const {
    int file = open((folder_ + name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    EXPECT_GE(file, 0);
    close(file);
    return folder_ + name;
  }

  std::string folder_;
};

TEST_F(FileWatchTest, WhatHappensInAFolder) {
  base::Result<uint32_t> watch = Add(folder_);
  ASSERT_TRUE(watch.ok());
  const std::string name = std::to_string(watch.value()) + " ";
  const std::string a = Make("a");
  ASSERT_EQ(truncate(a.c_str(), 5), 0);
  ASSERT_EQ(chmod(a.c_str(), 0644), 0);
  ASSERT_EQ(rename(a.c_str(), (folder_ + "b").c_str()), 0);
  ASSERT_EQ(unlink((folder_ + "b").c_str()), 0);
  Make("stop");
  Make("unheard");
  loop::Run();  // ends with the watch
  EXPECT_EQ(trace, name + "made a\n" + name + "written a\n" + name + "attributes a\n" + name + "removed a\n" + name +
                       "made b\n" + name + "removed b\n" + name + "made stop\n");
  EXPECT_EQ(Count(), 0u);
}

TEST_F(FileWatchTest, AWatchEndsWithItsFile) {
  const std::string path = Make("file");
  base::Result<uint32_t> watch = Add(path);
  ASSERT_TRUE(watch.ok());
  ASSERT_EQ(rename(path.c_str(), (folder_ + "other").c_str()), 0);
  loop::Run();
  EXPECT_EQ(trace, std::to_string(watch.value()) + " removed \n");
  EXPECT_EQ(Count(), 0u);
  Remove(watch.value());
}

TEST_F(FileWatchTest, OneFileForSeveral) {
  base::Result<uint32_t> first = Add(folder_);
  base::Result<uint32_t> second = Add(folder_ + ".");
  base::Result<uint32_t> third = Add(folder_);
  ASSERT_TRUE(first.ok() && second.ok() && third.ok());
  EXPECT_EQ(Count(), 3u);
  remove_on_event = third.value();  // while it is about to hear
  Make("stop");
  loop::Run();
  EXPECT_EQ(trace, std::to_string(first.value()) + " made stop\n" + std::to_string(second.value()) + " made stop\n");
}

TEST_F(FileWatchTest, RemovedBeforeItHears) {
  base::Result<uint32_t> watch = Add(folder_);
  ASSERT_TRUE(watch.ok());
  Make("a");
  Remove(watch.value());
  Remove(watch.value());
  loop::Run();
  EXPECT_EQ(trace, "");
}

TEST_F(FileWatchTest, WhatIsNotThere) {
  base::Result<uint32_t> watch = Add(folder_ + "missing");
  ASSERT_FALSE(watch.ok());
  EXPECT_EQ(watch.error().Message(), "inotify_add_watch ENOENT " + folder_ + "missing: No such file or directory");
}

}  // namespace node::file_watch
