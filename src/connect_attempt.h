// Connecting to one of several addresses: one after another, each a quarter of a second behind the one before, until
// one of them answers (Happy Eyeballs, RFC 8305).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base.h"
#include "fd.h"
#include "loop.h"
#include "stream.h"

namespace node::connect_attempt {

// The Connection Attempt Delay of RFC 8305, 5.
inline constexpr double kStaggerMs = 250;

class Attempt;

// Where addresses come from, if they are not known yet. Ended by its destructor.
class Source {
 public:
  virtual ~Source() = default;
  // Calls Take() or Fail() of the attempt, once, now or later.
  virtual void Start(Attempt* attempt) = 0;
  // Whose addresses, for messages.
  virtual std::string ToString() const = 0;
};

class Attempt {
 public:
  // The end, once: a connected socket, or why there is none. From the loop, never from inside Start(); the attempt may
  // be destroyed in it.
  using Done = void (*)(void* owner, fd::OwnedFd connected, const base::Error* error);

  Attempt(void* owner, Done done);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  // Gives up what is under way.
  ~Attempt();

  // Tries them in their order; at least one.
  void Start(std::vector<stream::Address> addresses);
  void Start(std::unique_ptr<Source> source);

  // For the source.
  void Take(std::vector<stream::Address> addresses);
  void Fail(base::Error error);

  // Where it goes, for messages.
  std::string ToString() const;

 private:
  struct Try : loop::Io {
    Attempt* attempt = nullptr;
    size_t address = 0;
    fd::OwnedFd fd;
  };
  struct Stagger : loop::Timer {
    Attempt* attempt = nullptr;
  };

  void Next();
  std::string Subject(size_t address) const;
  void OnWritable(Try* which);
  void Drop(Try* which);

  void* owner_;
  Done done_;
  std::unique_ptr<Source> source_;
  std::vector<stream::Address> addresses_;
  size_t next_ = 0;
  bool starting_ = false;
  std::list<Try> tries_;
  Stagger stagger_;
  base::Error error_{"connect", EADDRNOTAVAIL, ""};  // the last one
};

}  // namespace node::connect_attempt
