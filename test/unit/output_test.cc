#include "output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "fd.h"

namespace node::output {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    read_end = fd::OwnedFd(ends[0]);
    write_end = fd::OwnedFd(ends[1]);
  }
  std::string Read(size_t most) {
    std::string data(most, '\0');
    ssize_t got = read(read_end.get(), data.data(), data.size());
    data.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return data;
  }
  fd::OwnedFd read_end;
  fd::OwnedFd write_end;
};

static int settled_calls;
static void CountSettled(Output*) { ++settled_calls; }

class OutputTest : public testing::Test {
 protected:
  OutputTest() { settled_calls = 0; }
  Pipe pipe_;
};

TEST_F(OutputTest, KeepsOrderAndTellsWhenWritten) {
  Output output(pipe_.write_end.get(), CountSettled);
  output.Append("one ");
  output.Append("two");
  EXPECT_FALSE(output.empty());
  EXPECT_EQ(output.settled(), 0u);
  output.Flush();
  EXPECT_TRUE(output.empty());
  EXPECT_EQ(output.settled(), 7u);
  EXPECT_EQ(settled_calls, 1);
  EXPECT_EQ(pipe_.Read(100), "one two");
}

TEST_F(OutputTest, NeverBlocksOnAFullPipe) {
  Output output(pipe_.write_end.get(), CountSettled);
  std::string sent;
  for (int i = 0; i < 30000; ++i) sent += std::to_string(i) + "\n";
  output.Append(sent);
  output.Flush();
  EXPECT_FALSE(output.empty());
  EXPECT_EQ(settled_calls, 0);
  std::string received;
  // A reader in the same process: the loop waits for the pipe in between.
  struct Reader : loop::Io {
    Pipe* pipe;
    std::string* received;
    size_t expected;
  } reader;
  reader.pipe = &pipe_;
  reader.received = &received;
  reader.expected = sent.size();
  reader.Init(pipe_.read_end.get(), [](loop::Io* io, int) {
    auto* self = static_cast<Reader*>(io);
    *self->received += self->pipe->Read(10000);
    if (self->received->size() >= self->expected) self->Want(0);
  });
  reader.Want(loop::kRead);
  loop::Run();
  EXPECT_EQ(received, sent);
  EXPECT_GT(settled_calls, 1);  // as it goes, not only at its end
  EXPECT_EQ(output.settled(), sent.size());
  EXPECT_EQ(output.error(), 0);
}

TEST_F(OutputTest, AClosedReaderIsAnErrorAndNothingIsKept) {
  signal(SIGPIPE, SIG_IGN);
  Output output(pipe_.write_end.get(), CountSettled);
  pipe_.read_end.Close();
  output.Append("lost");
  output.Flush();
  EXPECT_EQ(output.error(), EPIPE);
  EXPECT_TRUE(output.empty());
  EXPECT_EQ(settled_calls, 1);
  output.Append("more");
  EXPECT_TRUE(output.empty());
}

TEST_F(OutputTest, PushWritesAndTellsNobody) {
  Output output(pipe_.write_end.get(), CountSettled);
  output.Append("now");
  output.Push();
  EXPECT_EQ(pipe_.Read(100), "now");
  EXPECT_EQ(settled_calls, 0);
  EXPECT_FALSE(output.FlushDue());
}

TEST_F(OutputTest, WhatIsLostHasABeginningAndAnEnd) {
  signal(SIGPIPE, SIG_IGN);
  Output output(pipe_.write_end.get(), CountSettled);
  output.Append("kept");
  output.Flush();
  fd::OwnedFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  fd::OwnedFd pipe(dup(pipe_.write_end.get()));
  ASSERT_EQ(dup2(full.get(), pipe_.write_end.get()), pipe_.write_end.get());
  output.Append("lost");
  output.Push();
  EXPECT_EQ(output.error(), ENOSPC);
  EXPECT_TRUE(output.FlushDue());
  output.Append("as well");
  EXPECT_EQ(output.lost_from(), 4u);
  EXPECT_EQ(output.settled(), 15u);
  output.Forgive();
  ASSERT_EQ(dup2(pipe.get(), pipe_.write_end.get()), pipe_.write_end.get());
  output.Append("again");
  output.Flush();
  EXPECT_EQ(output.error(), 0);
  EXPECT_EQ(output.settled(), 20u);
  EXPECT_EQ(pipe_.Read(100), "keptagain");
}

TEST_F(OutputTest, WhatTheKernelCannotTryGoesInSmallPieces) {
  int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  fd::OwnedFd leader(ours);
  ASSERT_EQ(grantpt(ours) | unlockpt(ours), 0);
  fd::OwnedFd terminal(open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal.valid());
  Output output(terminal.get(), CountSettled);
  output.Append(std::string(1000, 'x') + "\n");
  output.Flush();
  EXPECT_EQ(output.error(), 0);
  EXPECT_TRUE(output.empty());
  std::string data(2000, '\0');
  EXPECT_EQ(read(ours, data.data(), data.size()), 1002);  // \r\n
}

TEST_F(OutputTest, DrainWritesAllToAFile) {
  char path[] = "/tmp/node-output-test-XXXXXX";
  fd::OwnedFd file(mkstemp(path));
  unlink(path);
  Output output(file.get(), CountSettled);
  std::string text(1000000, 'x');
  output.Append(text);
  output.Drain();
  EXPECT_TRUE(output.empty());
  EXPECT_EQ(lseek(file.get(), 0, SEEK_CUR), 1000000);
}

TEST_F(OutputTest, WhatIsAppendedBehindTheCloseIsLost) {
  Output output(pipe_.write_end.get(), CountSettled);
  output.Append("more");
  output.Close();
  EXPECT_EQ(output.error(), 0);
  for (uint64_t before : {4u, 8u}) {
    output.Append("lost");
    EXPECT_EQ(output.error(), EBADF);
    EXPECT_EQ(output.lost_from(), before == 4u ? 0u : before);
    EXPECT_EQ(output.settled(), output.appended());
    output.Forgive();
  }
}

TEST_F(OutputTest, MuchThatIsLostIsToldOnceForEachAmount) {
  static constexpr size_t kMegabyte = 1024 * 1024;
  fd::OwnedFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  Output output(full.get(), CountSettled);
  int told = 0;
  for (int i = 0; i < 13; ++i) {
    output.Append(std::string(kMegabyte, 'x'));
    if (output.LosesWithoutEnd()) ++told;
  }
  EXPECT_EQ(told, 2);
  // What has been lost to an error that is forgiven does not count for the next.
  output.Forgive();
  EXPECT_FALSE(output.LosesWithoutEnd());
  output.Append(std::string(kMegabyte, 'x'));
  EXPECT_EQ(output.error(), ENOSPC);
  EXPECT_FALSE(output.LosesWithoutEnd());
}

TEST_F(OutputTest, RegularFilesHavePositions) {
  char path[] = "/tmp/node-output-XXXXXX";
  fd::OwnedFd file(mkstemp(path));
  unlink(path);
  EXPECT_TRUE(Output(file.get(), CountSettled).IsFile());
  EXPECT_FALSE(Output(pipe_.write_end.get(), CountSettled).IsFile());
}

}  // namespace node::output
