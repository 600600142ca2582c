#include "file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

namespace node::file_system {

// Everything happens in a folder of its own.
class FileSystemTest : public testing::Test {
 protected:
  FileSystemTest() {
    base::Result<std::string> made = MakeTemporaryFolder(testing::TempDir() + "node-unit-");
    EXPECT_TRUE(made.ok());
    folder_ = made.value() + "/";
    descriptors_ = CountDescriptors();
  }
  ~FileSystemTest() override {
    EXPECT_EQ(CountDescriptors(), descriptors_) << "a descriptor was left open";
    std::filesystem::remove_all(folder_);
  }

  static size_t CountDescriptors() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
  }

  std::string Path(const std::string& name) const { return folder_ + name; }

  std::string Make(const std::string& name, std::string_view content) const {
    base::Result<int> file = Open(Path(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    EXPECT_TRUE(file.ok());
    base::Result<uint64_t> written = Write(file.value(), content, kCurrent);
    EXPECT_TRUE(written.ok() && written.value() == content.size());
    EXPECT_TRUE(Close(file.value()).ok());
    return Path(name);
  }

  // The whole of a file, or "ERRNO syscall".
  static std::string Cat(const std::string& path, size_t most = 1 << 20, bool* at_once = nullptr) {
    WholeFile file(path, most);
    const bool now = file.ReadNow();
    if (at_once != nullptr) *at_once = now;
    if (!now) file.ReadOn();
    if (file.error()) return std::string(file.error()->Name()) + " " + file.error()->syscall;
    if (file.stream().valid()) return "a stream";
    return {file.bytes().data(), file.bytes().size()};
  }

  static std::string CatOnThread(const std::string& path, size_t most = 1 << 20) {
    WholeFile file(path, most);
    file.ReadOn();
    if (file.error()) return std::string(file.error()->Name()) + " " + file.error()->syscall;
    if (file.stream().valid()) return "a stream";
    return {file.bytes().data(), file.bytes().size()};
  }

  template <typename T>
  static std::string Failure(const base::Result<T>& result) {
    return result.ok() ? "no failure" : std::string(result.error().syscall) + " " + result.error().Name();
  }

  std::string folder_;
  size_t descriptors_ = 0;
};

TEST(FileSystemShownTest, WhatATerminalObeysIsEscaped) {
  EXPECT_EQ(Shown("/a b/\xc3\xa9"), "/a b/\xc3\xa9");
  EXPECT_EQ(Shown(""), "\"\"");
  EXPECT_EQ(Shown("a\x1b[2J\n\x7f"), "\"a\\x1b[2J\\x0a\\x7f\"");
}

TEST_F(FileSystemTest, BytesAreReadFromWhereOneWants) {
  const std::string path = Make("file", "0123456789");
  base::Result<int> file = Open(path, O_RDWR, 0);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(fcntl(file.value(), F_GETFD), FD_CLOEXEC);
  auto text = [&](size_t length, int64_t position) {
    base::Result<blocks::Block> read = Read(file.value(), length, position);
    return read.ok() ? std::string(read.value().data(), read.value().size()) : Failure(read);
  };
  EXPECT_EQ(text(3, kCurrent), "012");
  EXPECT_EQ(text(3, 8), "89");
  EXPECT_EQ(text(3, kCurrent), "345");
  EXPECT_EQ(text(0, kCurrent), "");
  EXPECT_EQ(text(100, kCurrent), "6789");
  EXPECT_EQ(text(100, kCurrent), "");
  EXPECT_EQ(text(100, 1000), "");
  EXPECT_EQ(text(3, 1LL << 62), "");
  ASSERT_TRUE(Write(file.value(), "ab", 4).ok());
  EXPECT_EQ(text(100, 0), "0123ab6789");
  ASSERT_TRUE(TruncateOpen(file.value(), 5).ok());
  EXPECT_EQ(text(100, 0), "0123a");
  EXPECT_TRUE(Sync(file.value()).ok());
  EXPECT_TRUE(Close(file.value()).ok());
}

TEST_F(FileSystemTest, LargeReadsTakeAsMuchMemoryAsThereAreBytes) {
  const std::string path = Make("file", std::string(300000, 'x'));
  base::Result<int> file = Open(path, O_RDONLY, 0);
  ASSERT_TRUE(file.ok());
  base::Result<blocks::Block> all = Read(file.value(), size_t{1} << 50, kCurrent);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all.value().size(), 300000u);
  EXPECT_LE(all.value().capacity(), 400000u);
  base::Result<blocks::Block> rest = Read(file.value(), size_t{1} << 50, 299999);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest.value().size(), 1u);
  EXPECT_TRUE(Close(file.value()).ok());
}

TEST_F(FileSystemTest, FailuresNameTheCallTheErrorAndThePath) {
  const std::string file = Make("file", "x");
  const base::Result<int> missing = Open(Path("missing"), O_RDONLY, 0);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().Message(), "open ENOENT " + Path("missing") + ": No such file or directory");
  EXPECT_EQ(Failure(Open(file + "/x", O_RDONLY, 0)), "open ENOTDIR");
  EXPECT_EQ(Failure(Open(folder_, O_WRONLY, 0)), "open EISDIR");
  EXPECT_EQ(Failure(Open(file, O_CREAT | O_EXCL | O_WRONLY, 0600)), "open EEXIST");
  EXPECT_EQ(Failure(Open(Path(std::string(300, 'n')), O_RDONLY, 0)), "open ENAMETOOLONG");
  EXPECT_EQ(Failure(Open(std::string(5000, '/') + "x", O_RDONLY, 0)), "open ENAMETOOLONG");
  ASSERT_TRUE(MakeSymlink("loop", Path("loop")).ok());
  EXPECT_EQ(Failure(Open(Path("loop"), O_RDONLY, 0)), "open ELOOP");
  EXPECT_EQ(Failure(Read(-1, 1, kCurrent)), "read EBADF");
  EXPECT_EQ(Failure(Write(-1, "x", kCurrent)), "write EBADF");
  EXPECT_EQ(Failure(Close(-1)), "close EBADF");
  EXPECT_EQ(Failure(Sync(-1)), "fsync EBADF");
  EXPECT_EQ(Failure(TruncateOpen(-1, 0)), "ftruncate EBADF");
  EXPECT_EQ(Failure(KindOf(-1)), "fstat EBADF");
  EXPECT_EQ(Failure(Rename(Path("missing"), Path("x"))), "rename ENOENT");
  EXPECT_EQ(Failure(Rename(file, "/dev/shm/node-unit-never")), "rename EXDEV");
  EXPECT_EQ(Failure(MakeLink(file, "/dev/shm/node-unit-never")), "link EXDEV");
  EXPECT_EQ(Failure(Unlink(folder_)), "unlink EISDIR");
  EXPECT_EQ(Failure(RemoveFolder(file)), "rmdir ENOTDIR");
  EXPECT_EQ(Failure(RemoveFolder(folder_)), "rmdir ENOTEMPTY");
  EXPECT_EQ(Failure(ReadFolder(file)), "opendir ENOTDIR");
  EXPECT_EQ(Failure(ReadLink(file)), "readlink EINVAL");
  EXPECT_EQ(Failure(RealPath(Path("missing"))), "realpath ENOENT");
  EXPECT_EQ(Failure(MakeTemporaryFolder(Path("missing/x"))), "mkdtemp ENOENT");
  EXPECT_EQ(Failure(MakeSymlink("x", file)), "symlink EEXIST");
  EXPECT_EQ(Failure(Truncate(Path("missing"), 0)), "truncate ENOENT");
  EXPECT_EQ(Failure(ChangeMode(Path("missing"), 0600)), "chmod ENOENT");
  EXPECT_EQ(Failure(ChangeOwner(Path("missing"), 0, 0)), "chown ENOENT");
  EXPECT_EQ(Failure(SetTimes(Path("missing"), 0, 0)), "utimensat ENOENT");
  EXPECT_EQ(Failure(GetStatus(Path("missing"))), "stat ENOENT");
  EXPECT_EQ(Failure(GetLinkStatus(Path("missing"))), "lstat ENOENT");
}

TEST_F(FileSystemTest, TheNumbersOfStandardStreamsStayTaken) {
  fd::OwnedFd input(dup(STDIN_FILENO));
  ASSERT_TRUE(input.valid());
  EXPECT_TRUE(Close(STDIN_FILENO).ok());
  struct stat status;
  struct stat nothing;
  ASSERT_EQ(fstat(STDIN_FILENO, &status) | stat("/dev/null", &nothing), 0);
  EXPECT_EQ(status.st_rdev, nothing.st_rdev);
  EXPECT_EQ(dup2(input.get(), STDIN_FILENO), STDIN_FILENO);
}

TEST_F(FileSystemTest, AFullDiskIsAnErrorAndSoIsNoRoomForDescriptors) {
  base::Result<int> full = Open("/dev/full", O_WRONLY, 0);
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(Failure(Write(full.value(), "x", kCurrent)), "write ENOSPC");
  EXPECT_TRUE(Close(full.value()).ok());

  const std::string path = Make("file", "x");
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::string opened = Failure(Open(path, O_RDONLY, 0));
  const std::string now = Cat(path);
  const std::string later = CatOnThread(path);
  const std::string copied = Failure(Copy(path, path + "2"));
  const std::string listed = Failure(ReadFolder(folder_));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(opened, "open EMFILE");
  EXPECT_EQ(now, "EMFILE open");
  EXPECT_EQ(later, "EMFILE open");
  EXPECT_EQ(copied, "open EMFILE");
  EXPECT_EQ(listed, "opendir EMFILE");
}

TEST_F(FileSystemTest, WholeFilesOfAnySize) {
  bool at_once = false;
  for (size_t size : {0, 1, 100, 4095, 4096, 4097, 32767, 32768, 32769, 65535, 65536, 65537, 300000}) {
    std::string content(size, '\0');
    for (size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7 + i / 256);
    const std::string path = Make("file", content);
    EXPECT_EQ(Cat(path, 1 << 20, &at_once), content) << size;
    EXPECT_TRUE(!at_once || size <= WholeFile::kDirect) << size;
    EXPECT_EQ(CatOnThread(path), content) << size;
  }
  // What has just been written is in memory; then a kernel that can tell reads it at once.
  const std::string path = Make("file", "x");
  EXPECT_EQ(Cat(path, 1 << 20, &at_once), "x");
  EXPECT_EQ(Cat(Path("missing"), 1 << 20, &at_once), "ENOENT open");
}

TEST_F(FileSystemTest, WhatIsNoPlainFile) {
  EXPECT_EQ(Cat(folder_), "EISDIR read");
  EXPECT_EQ(CatOnThread(folder_), "EISDIR read");
  EXPECT_EQ(Cat("/dev/null"), "a stream");
  EXPECT_EQ(CatOnThread("/dev/null"), "a stream");
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(Cat(Path("fifo")), "a stream");  // and nobody has waited for a writer
  EXPECT_EQ(CatOnThread(Path("fifo")), "a stream");
  for (const char* name : {"/proc/self/stat", "/proc/cpuinfo", "/proc/self/maps"}) {
    EXPECT_GT(Cat(name).size(), 100u) << name;
    EXPECT_GT(CatOnThread(name).size(), 100u) << name;
  }
  EXPECT_EQ(Cat("/proc/self/attr/../cmdline").find("tests"), Cat("/proc/self/cmdline").find("tests"));
}

TEST_F(FileSystemTest, LimitsAreKept) {
  const std::string path = Make("file", std::string(1000, 'x'));
  EXPECT_EQ(Cat(path, 999), "EFBIG cat");
  EXPECT_EQ(Cat(path, 1000), std::string(1000, 'x'));
  EXPECT_EQ(CatOnThread(path, 999), "EFBIG cat");
  EXPECT_EQ(CatOnThread(path, 1000), std::string(1000, 'x'));
  EXPECT_EQ(CatOnThread("/proc/self/maps", 500), "EFBIG cat");
  // Nothing is read, and no memory taken, of one whose size says enough.
  ASSERT_TRUE(Truncate(path, 5000000000).ok());
  WholeFile huge(path, 1 << 20);
  if (!huge.ReadNow()) huge.ReadOn();
  ASSERT_TRUE(huge.error());
  EXPECT_EQ(huge.error()->Message(),
            "cat EFBIG " + path + " (5000000000 bytes, of which 1048576 can be taken): File too large");
  EXPECT_EQ(huge.bytes().capacity(), 0u);
}

TEST_F(FileSystemTest, FilesThatChangeMeanwhile) {
  const std::string path = Make("file", "");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) {
      for (off_t size : {200000, 10, 70000, 0, 4096}) EXPECT_EQ(truncate(path.c_str(), size), 0);
    }
  });
  for (int i = 0; i < 500; ++i) {
    for (const std::string& content : {Cat(path), CatOnThread(path)}) {
      EXPECT_LE(content.size(), 200000u);
      EXPECT_EQ(content.find_first_not_of('\0'), std::string::npos) << content;
    }
  }
  stop = true;
  writer.join();
}

TEST_F(FileSystemTest, Copies) {
  const std::string from = Make("from", std::string(700000, 'c'));
  ASSERT_TRUE(ChangeMode(from, 0640).ok());
  base::Result<uint64_t> copied = Copy(from, Path("to"));
  ASSERT_TRUE(copied.ok());
  EXPECT_EQ(copied.value(), 700000u);
  EXPECT_EQ(Cat(Path("to")), std::string(700000, 'c'));
  EXPECT_EQ(GetStatus(Path("to")).value().mode & 0777, 0640u);
  // Over a longer one, whose permissions stay.
  const std::string small = Make("small", "small");
  ASSERT_TRUE(Copy(small, Path("to")).ok());
  EXPECT_EQ(Cat(Path("to")), "small");
  EXPECT_EQ(GetStatus(Path("to")).value().mode & 0777, 0640u);
  // From what has no size, and to another file system.
  ASSERT_TRUE(Copy("/proc/self/stat", Path("stat")).ok());
  EXPECT_GT(Cat(Path("stat")).size(), 100u);
  const std::string elsewhere = "/dev/shm/node-unit-" + std::to_string(getpid());
  ASSERT_TRUE(Copy(from, elsewhere).ok());
  EXPECT_EQ(Cat(elsewhere).size(), 700000u);
  ASSERT_TRUE(Unlink(elsewhere).ok());

  EXPECT_EQ(Failure(Copy(from, from)), "copy EINVAL");
  ASSERT_TRUE(MakeLink(from, Path("same")).ok());
  EXPECT_EQ(Failure(Copy(from, Path("same"))), "copy EINVAL");
  EXPECT_EQ(Cat(from).size(), 700000u) << "the file was emptied";
  EXPECT_EQ(Failure(Copy(folder_, Path("x"))), "read EISDIR");
  EXPECT_EQ(Failure(Copy(from, folder_)), "open EISDIR");
  EXPECT_EQ(Failure(Copy("/dev/zero", Path("x"))), "copy EINVAL");
  EXPECT_EQ(Failure(Copy(Path("missing"), Path("x"))), "open ENOENT");
  EXPECT_EQ(Failure(Copy(from, Path("missing/x"))), "open ENOENT");
  EXPECT_EQ(Failure(Copy(from, "/dev/full")), "write ENOSPC");
  // What was made is not left behind half.
  const rlimit all = [] {
    rlimit limit = {};
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    return limit;
  }();
  signal(SIGXFSZ, SIG_IGN);
  const rlimit little = {100000, all.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
  const std::string failure = Failure(Copy(from, Path("half")));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &all), 0);
  EXPECT_NE(failure.find(" EFBIG"), std::string::npos) << failure;
  EXPECT_EQ(Failure(GetStatus(Path("half"))), "stat ENOENT");
}

TEST_F(FileSystemTest, Folders) {
  EXPECT_TRUE(MakeFolder(Path("a"), 0700, false).ok());
  EXPECT_EQ(GetStatus(Path("a")).value().mode, static_cast<uint64_t>(S_IFDIR | 0700));
  EXPECT_EQ(Failure(MakeFolder(Path("a"), 0700, false)), "mkdir EEXIST");
  EXPECT_TRUE(MakeFolder(Path("a"), 0700, true).ok());
  EXPECT_EQ(Failure(MakeFolder(Path("b/c"), 0700, false)), "mkdir ENOENT");
  EXPECT_TRUE(MakeFolder(Path("b//c/./d/"), 0711, true).ok());
  EXPECT_EQ(GetStatus(Path("b/c/d")).value().mode & 0777, 0711u);
  EXPECT_TRUE(MakeFolder(Path("b/c/../e/f"), 0700, true).ok());
  const std::string file = Make("file", "");
  EXPECT_EQ(Failure(MakeFolder(file, 0700, true)), "mkdir EEXIST");
  EXPECT_EQ(Failure(MakeFolder(file + "/x/y", 0700, true)), "mkdir ENOTDIR");
  EXPECT_EQ(Failure(MakeFolder("", 0700, true)), "mkdir ENOENT");
  const base::Result<base::Done> refused = MakeFolder("/proc/x/y/z", 0700, true);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().subject, "/proc/x");

  base::Result<std::vector<std::string>> names = ReadFolder(folder_);
  ASSERT_TRUE(names.ok());
  EXPECT_EQ(names.value(), (std::vector<std::string>{"a", "b", "file"}));
  // More than the kernel gives at once.
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(MakeLink(file, Path("a/" + std::string(200, 'n') + std::to_string(i))).ok());
  EXPECT_EQ(ReadFolder(Path("a")).value().size(), 300u);
  EXPECT_TRUE(ReadFolder(Path("b/c/d")).value().empty());
}

TEST_F(FileSystemTest, LinksTimesAndStatus) {
  const std::string file = Make("file", "12345");
  ASSERT_TRUE(MakeSymlink("file", Path("link")).ok());
  EXPECT_EQ(ReadLink(Path("link")).value(), "file");
  const std::string far(3000, 'f');
  ASSERT_TRUE(MakeSymlink(far, Path("far")).ok());
  EXPECT_EQ(ReadLink(Path("far")).value(), far);
  EXPECT_EQ(RealPath(Path("./link")).value(), RealPath(file).value());
  EXPECT_EQ(GetStatus(Path("link")).value().size, 5u);
  EXPECT_TRUE(S_ISLNK(GetLinkStatus(Path("link")).value().mode));
  ASSERT_TRUE(SetTimes(file, 1234567890123.5, -1500.25).ok());
  const Status status = GetStatus(file).value();
  EXPECT_EQ(status.atime, 1234567890123.5);
  EXPECT_EQ(status.mtime, -1500.25);
  EXPECT_EQ(status.nlink, 1u);
  ASSERT_TRUE(Truncate(file, 5000000000).ok());
  EXPECT_EQ(GetStatus(file).value().size, 5000000000u);
  // What the caches say is the same, for those they know.
  std::optional<base::Result<Status>> now = GetStatusNow(file);
  if (now) {
    ASSERT_TRUE(now->ok());
    EXPECT_EQ(now->value().ino, status.ino);
    EXPECT_EQ(now->value().size, 5000000000u);
  }
  now = GetLinkStatusNow(Path("link"));
  if (now) {
    EXPECT_TRUE(S_ISLNK(now->value().mode));
  }
  now = GetStatusNow(file + "/x");
  if (now) {
    EXPECT_EQ(Failure(*now), "stat ENOTDIR");
  }
}

TEST_F(FileSystemTest, NonBlockingDescriptorsAreWaitedFor) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
  std::string received;
  std::thread reader([&] {
    while (received.size() < 500000) {
      base::Result<blocks::Block> read = Read(ends[0], 100000, kCurrent);
      ASSERT_TRUE(read.ok() && read.value().size() > 0);
      received.append(read.value().data(), read.value().size());
    }
  });
  EXPECT_EQ(Write(ends[1], std::string(500000, 'p'), kCurrent).value(), 500000u);
  reader.join();
  EXPECT_EQ(received, std::string(500000, 'p'));
  close(ends[0]);
  EXPECT_EQ(Failure(Read(ends[1], 1, kCurrent)), "read EBADF");
  close(ends[1]);
}

}  // namespace node::file_system
