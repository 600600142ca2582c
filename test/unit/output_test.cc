#include "output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

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
  EXPECT_EQ(settled_calls, 1);
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

}  // namespace node::output
