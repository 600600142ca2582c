#include "connect_attempt.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host_source.h"
#include "loop.h"

namespace node::connect_attempt {

class ConnectAttemptTest : public testing::Test {
 protected:
  // A listening socket on a port of 127.0.0.1.
  stream::Address Listen(int backlog = 16) {
    stream::Address any = stream::ParseAddress("127.0.0.1", 0).value_or(stream::Address());
    base::Result<fd::OwnedFd> listener = stream::Listen(any, backlog);
    EXPECT_TRUE(listener.ok());
    stream::Address bound = stream::LocalAddress(listener.value().get()).value_or(stream::Address());
    listeners_.push_back(std::move(listener.value()));
    return bound;
  }
  stream::Address Refusing() {
    stream::Address address = Listen();
    listeners_.pop_back();
    return address;
  }
  // Whose queue is full: a connection to it neither stands nor fails for a long time.
  stream::Address Silent() {
    stream::Address address = Listen(0);
    for (int i = 0; i < 4; ++i) {
      base::Result<fd::OwnedFd> one = stream::StartConnect(address);
      EXPECT_TRUE(one.ok());
      fillers_.push_back(std::move(one.value()));
    }
    return address;
  }

  void Start(std::vector<stream::Address> addresses) {
    attempt_ = std::make_unique<Attempt>(this, Done);
    attempt_->Start(std::move(addresses));
    EXPECT_EQ(ends_, 0);  // never from inside the call
  }
  static void Done(void* owner, fd::OwnedFd connected, const base::Error* error) {
    auto* test = static_cast<ConnectAttemptTest*>(owner);
    ++test->ends_;
    if (connected.valid()) test->peer_ = stream::PeerAddress(connected.get()).value_or(stream::Address()).ToString();
    if (error != nullptr) test->failure_ = error->Message();
    test->attempt_.reset();
  }
  void RunUntil(const std::function<bool()>& done) {
    for (double end = loop::NowMs() + 10000; !done() && loop::NowMs() < end;) {
      loop::Timer timer;
      timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
      timer.Start(2);
      loop::Run();
    }
  }
  void RunToTheEnd() {
    RunUntil([&] { return ends_ > 0; });
    EXPECT_EQ(ends_, 1);
  }

  std::vector<fd::OwnedFd> listeners_, fillers_;
  std::unique_ptr<Attempt> attempt_;
  int ends_ = 0;
  std::string peer_, failure_;
};

TEST_F(ConnectAttemptTest, TheFirstAddressThatAnswers) {
  stream::Address first = Listen();
  Start({first, Listen()});
  RunToTheEnd();
  EXPECT_EQ(peer_, first.ToString());
}

TEST_F(ConnectAttemptTest, TheNextAddressIsTriedBehindRefusedOnes) {
  stream::Address good = Listen();
  Start({Refusing(), Refusing(), good});
  RunToTheEnd();
  EXPECT_EQ(peer_, good.ToString());
}

TEST_F(ConnectAttemptTest, TheNextAddressIsTriedBesideASilentOne) {
  stream::Address good = Listen();
  Start({Silent(), good});
  RunToTheEnd();
  EXPECT_EQ(peer_, good.ToString());
}

TEST_F(ConnectAttemptTest, ASilentOneDoesNotHoldUpThoseBehindRefusedOnes) {
  stream::Address good = Listen();
  Start({Silent(), Refusing(), Silent(), good});
  RunToTheEnd();
  EXPECT_EQ(peer_, good.ToString());
}

TEST_F(ConnectAttemptTest, TheLastErrorIsTold) {
  stream::Address last = Refusing();
  Start({Refusing(), last});
  RunToTheEnd();
  EXPECT_EQ(failure_, "connect ECONNREFUSED " + last.ToString() + ": Connection refused");
}

TEST_F(ConnectAttemptTest, WhatFailsAtOnceIsToldInALaterTurn) {
  stream::Address nowhere = stream::UnixAddress("/nonexistent/socket").value_or(stream::Address());
  Start({nowhere});
  RunToTheEnd();
  EXPECT_EQ(failure_, "connect ENOENT /nonexistent/socket: No such file or directory");
}

TEST_F(ConnectAttemptTest, GivingUpLeavesNothingBehind) {
  Start({Silent(), Silent()});
  attempt_.reset();
  loop::Timer timer;
  timer.Init([](loop::Timer*) {}, /*keeps_alive=*/true);
  timer.Start(2 * kStaggerMs);
  loop::Run();  // ends by itself: nothing else is watched
  EXPECT_EQ(ends_, 0);
}

TEST_F(ConnectAttemptTest, ALiteralIsLookedUpAtOnce) {
  stream::Address good = Listen();
  attempt_ = std::make_unique<Attempt>(this, Done);
  attempt_->Start(host_source::Make("127.0.0.1", good.Port()));
  EXPECT_EQ(attempt_->ToString(), good.ToString());
  RunToTheEnd();
  EXPECT_EQ(peer_, good.ToString());
}

TEST_F(ConnectAttemptTest, WhatIsNoNameFailsWithItsCode) {
  attempt_ = std::make_unique<Attempt>(this, Done);
  attempt_->Start(host_source::Make("a..b", 80));
  RunToTheEnd();
  EXPECT_EQ(failure_.find("lookup BADQUERY a..b: "), 0u) << failure_;
}

}  // namespace node::connect_attempt
