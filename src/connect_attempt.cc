#include "connect_attempt.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace node::connect_attempt {

Attempt::Attempt(void* owner, Done done) : owner_(owner), done_(done) {
  stagger_.attempt = this;
  stagger_.Init([](loop::Timer* timer) { static_cast<Stagger*>(timer)->attempt->Next(); }, /*keeps_alive=*/true);
}

Attempt::~Attempt() {
  stagger_.Stop();
  for (Try& one : tries_) one.Want(0);
}

std::string Attempt::ToString() const { return source_ != nullptr ? source_->ToString() : addresses_[0].ToString(); }

void Attempt::Start(std::vector<stream::Address> addresses) {
  starting_ = true;
  Take(std::move(addresses));
  starting_ = false;
}

void Attempt::Start(std::unique_ptr<Source> source) {
  source_ = std::move(source);
  starting_ = true;
  source_->Start(this);
  starting_ = false;
}

void Attempt::Take(std::vector<stream::Address> addresses) {
  CHECK(!addresses.empty() && addresses_.empty());
  addresses_ = std::move(addresses);
  Next();
}

void Attempt::Fail(base::Error error) {
  error_ = std::move(error);
  Next();
}

// An address in a message, with the name that it belongs to.
std::string Attempt::Subject(size_t address) const {
  std::string text = addresses_[address].ToString();
  return source_ == nullptr || source_->ToString() == text ? text : source_->ToString() + " (" + text + ")";
}

// Tries addresses until one is under way. The attempt may be gone afterwards.
void Attempt::Next() {
  while (next_ < addresses_.size()) {
    size_t index = next_++;
    base::Result<fd::OwnedFd> started = stream::StartConnect(addresses_[index]);
    if (!started.ok()) {
      error_ = started.error();
      error_.subject = Subject(index);
      continue;
    }
    Try& one = tries_.emplace_back();
    one.attempt = this;
    one.address = index;
    one.fd = std::move(started.value());
    one.Init(one.fd.get(), [](loop::Io* io, int) {
      auto* which = static_cast<Try*>(io);
      which->attempt->OnWritable(which);
    });
    one.Want(loop::kWrite);
    if (next_ < addresses_.size()) {
      stagger_.Start(kStaggerMs);
    } else {
      stagger_.Stop();
    }
    return;
  }
  stagger_.Stop();
  if (!tries_.empty()) return;
  if (starting_) return stagger_.Start(0);  // told in a later turn
  base::Error error = std::move(error_);
  done_(owner_, fd::OwnedFd(), &error);
}

void Attempt::Drop(Try* which) {
  which->Want(0);
  for (auto one = tries_.begin(); one != tries_.end(); ++one) {
    if (&*one != which) continue;
    tries_.erase(one);
    return;
  }
}

void Attempt::OnWritable(Try* which) {
  int failure = 0;
  socklen_t length = sizeof failure;
  if (getsockopt(which->fd.get(), SOL_SOCKET, SO_ERROR, &failure, &length) != 0) failure = errno;
  if (failure == 0) {
    fd::OwnedFd connected = std::move(which->fd);
    which->Want(0);
    return done_(owner_, std::move(connected), nullptr);
  }
  error_ = base::Error{"connect", failure, Subject(which->address)};
  Drop(which);
  // Waiting for the others' turn would help nobody.
  Next();
}

}  // namespace node::connect_attempt
