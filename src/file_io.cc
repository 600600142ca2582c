#include "file_io.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "loop.h"

// The way of a transfer:
//
//   Start --regular file--> TryNow --cached-------------------------------> FinishLater
//     |                       +-----not cached--> pool -------------------> Done
//     +-----pipe, socket--> TryNow --ready--------------------------------> FinishLater
//     |                       +-----not ready--> Waiting --> TryNow ------> Done
//     +-----device, or what the kernel cannot try: Waiting --> Step (pool) --> Done
//                                                     ^---- not all ----+
namespace node::file_io {

// What a round of a turn does at once, half a millisecond: 128 things, or fewer that move bytes, of which so many take
// as long as all else about a thing.
static constexpr size_t kBytesOfThing = 32 * 1024;
static constexpr size_t kDirectBytes = 128 * kBytesOfThing;

static size_t direct_left = kDirectBytes;

void HasMoved(size_t bytes) { direct_left -= std::min(bytes, direct_left); }

bool MayBeDirect() {
  if (direct_left == 0) return false;
  HasMoved(kBytesOfThing);
  return true;
}

// --- What is finished ---

static std::vector<std::unique_ptr<thread_pool::Job>>& Finished() {
  static auto* finished = new std::vector<std::unique_ptr<thread_pool::Job>>;
  return *finished;
}

void FinishLater(std::unique_ptr<thread_pool::Job> job) { Finished().push_back(std::move(job)); }

// --- Beside the loop ---

// So many things a round are done before the other thread is asked, which may have to be woken for it.
static constexpr size_t kAlone = 8;
// Things that go through the pool together: some 30 us of work.
static constexpr size_t kBatch = 8;
// Things on their way, at most.
static constexpr size_t kBeside = 64;
// The key of their jobs, which no descriptor has: one thread does them, as the loop's does half of the work itself.
static constexpr int kBesideKey = -2;

struct Batch : thread_pool::Job {
  Batch() { jobs.reserve(kBatch); }
  void Work() override {
    for (std::unique_ptr<thread_pool::Job>& job : jobs) job->Work();
  }
  void Done() override;
  std::vector<std::unique_ptr<thread_pool::Job>> jobs;
};

static std::unique_ptr<Batch> gathered;
static size_t beside = 0;           // those gathered, too
static bool may_take_back = false;  // whether some that are posted may not have begun

void Batch::Done() {
  beside -= jobs.size();
  for (std::unique_ptr<thread_pool::Job>& job : jobs) {
    job->Done();
    job.reset();
  }
}

static bool HasOtherProcessors() {
  static const bool has = [] {
    cpu_set_t mine;
    return sched_getaffinity(0, sizeof(mine), &mine) == 0 && CPU_COUNT(&mine) > 1;
  }();
  return has;
}

bool MayBeBeside() {
  return direct_left <= kDirectBytes - kAlone * kBytesOfThing && beside < kBeside && HasOtherProcessors();
}

static void WorkHere(std::unique_ptr<thread_pool::Job> job) {
  job->Work();
  FinishLater(std::move(job));
}

static void PostGathered() {
  if (gathered == nullptr) return;
  std::unique_ptr<thread_pool::Job> refused = thread_pool::Post(std::move(gathered), kBesideKey);
  if (refused != nullptr) return WorkHere(std::move(refused));
  may_take_back = true;
}

// Rather than wait for the other thread.
static void TakeOneBack() {
  std::unique_ptr<thread_pool::Job> job = thread_pool::TakeBack(kBesideKey);
  may_take_back = job != nullptr;
  if (may_take_back) WorkHere(std::move(job));
}

void PostBeside(std::unique_ptr<thread_pool::Job> job) {
  if (gathered == nullptr) gathered = std::make_unique<Batch>();
  ++beside;
  gathered->jobs.push_back(std::move(job));
  if (gathered->jobs.size() == kBatch) PostGathered();
}

// --- The end of a turn ---

// What else the pool has finished can wait for its own turn.
static bool HasFinished() { return !Finished().empty() || (beside > 0 && thread_pool::HasFinished()); }

bool FlushDue() { return HasFinished() || gathered != nullptr || may_take_back; }

void Flush() {
  direct_left = kDirectBytes;
  std::vector<std::unique_ptr<thread_pool::Job>> now;
  now.swap(Finished());
  for (std::unique_ptr<thread_pool::Job>& job : now) {
    job->Done();
    job.reset();
  }
  // Its memory serves again, unless a crowd has left.
  now.clear();
  if (Finished().empty() && now.capacity() <= 1024) now.swap(Finished());
  if (beside > 0) thread_pool::Deliver();
  PostGathered();
  if (may_take_back && !HasFinished()) TakeOneBack();
}

void Post(std::unique_ptr<thread_pool::Job> job, void (*refuse)(thread_pool::Job* job), int key) {
  std::unique_ptr<thread_pool::Job> refused = thread_pool::Post(std::move(job), key);
  if (refused == nullptr) return;
  refuse(refused.get());
  FinishLater(std::move(refused));
}

// --- Waiting for descriptors ---

struct Waiting : loop::Io {
  std::unique_ptr<Transfer> transfer;
  size_t place = 0;      // in AllWaiting()
  bool on_pool = false;  // where it goes on when it is ready
};

static std::vector<std::unique_ptr<Waiting>>& AllWaiting() {
  static auto* all = new std::vector<std::unique_ptr<Waiting>>;
  return *all;
}

static std::unique_ptr<Waiting> TakeOut(Waiting* waiting) {
  std::vector<std::unique_ptr<Waiting>>& all = AllWaiting();
  waiting->Want(0);
  std::unique_ptr<Waiting> taken = std::move(all[waiting->place]);
  if (waiting->place + 1 < all.size()) {
    all[waiting->place] = std::move(all.back());
    all[waiting->place]->place = waiting->place;
  }
  all.pop_back();
  return taken;
}

// --- Going on ---

struct Machine {
  static void Fail(Transfer* transfer, int code) { transfer->Fail(code); }
  static void Refuse(thread_pool::Job* job) { static_cast<Transfer*>(job)->error_ = thread_pool::QueueFull(); }

  static void ToPool(std::unique_ptr<Transfer> transfer) {
    const int key = transfer->Key();
    Post(std::move(transfer), Refuse, key);
  }

  // Of the transfers of one descriptor that the loop has found ready, one looks and acts at a time: the others would
  // block for what it has taken, each a thread of the pool.
  static std::mutex& TurnOf(int descriptor) {
    static std::mutex turns[64];
    return turns[static_cast<unsigned>(descriptor) % std::size(turns)];
  }

  // One call on the pool that the loop has found ready, and that blocks only when another process was faster.
  struct Step : thread_pool::Job {
    void Work() override {
      std::lock_guard turn(TurnOf(transfer->descriptor_));
      pollfd probe = {transfer->descriptor_, static_cast<short>(transfer->Events() == loop::kRead ? POLLIN : POLLOUT),
                      0};
      if (cancelled.load(std::memory_order_relaxed) || poll(&probe, 1, 0) == 0) return;
      transfer->WorkOnce();
      worked = true;
    }
    void Done() override {
      std::vector<Step*>& all = AllSteps();
      all[place] = all.back();
      all[place]->place = place;
      all.pop_back();
      const bool whole = worked && transfer->Ended() && !transfer->error_;
      if (!whole && cancelled.load(std::memory_order_relaxed)) transfer->Fail(ECANCELED);
      if (!whole && !transfer->error_) return Wait(std::move(transfer), /*on_pool=*/true);
      transfer->Done();
    }
    std::unique_ptr<Transfer> transfer;
    size_t place = 0;  // in AllSteps()
    bool worked = false;
    std::atomic<bool> cancelled = false;  // its descriptor is about to be closed, and its number to be another's
  };

  // Those on their way.
  static std::vector<Step*>& AllSteps() {
    static auto* all = new std::vector<Step*>;
    return *all;
  }

  static void ToPoolOnce(std::unique_ptr<Transfer> transfer) {
    auto step = std::make_unique<Step>();
    step->transfer = std::move(transfer);
    step->place = AllSteps().size();
    AllSteps().push_back(step.get());
    Post(std::move(step), [](thread_pool::Job* job) { Refuse(static_cast<Step*>(job)->transfer.get()); });
  }

  static void Wait(std::unique_ptr<Transfer> transfer, bool on_pool) {
    auto waiting = std::make_unique<Waiting>();
    waiting->Init(transfer->descriptor_, OnReady);
    waiting->on_pool = on_pool;
    waiting->Want(transfer->Events());
    waiting->transfer = std::move(transfer);
    waiting->place = AllWaiting().size();
    AllWaiting().push_back(std::move(waiting));
  }

  static void OnReady(loop::Io* io, int) {
    auto* waiting = static_cast<Waiting*>(io);
    if (!waiting->on_pool) {
      switch (waiting->transfer->TryNow()) {
        case Transfer::Attempt::kNotReady:
          return;
        case Transfer::Attempt::kFinished: {
          std::unique_ptr<Waiting> ended = TakeOut(waiting);
          ended->transfer->Done();
          return;
        }
        case Transfer::Attempt::kNeedsThread:
          break;
      }
    }
    ToPoolOnce(std::move(TakeOut(waiting)->transfer));
  }

  static void Start(std::unique_ptr<Transfer> transfer) {
    size_t size = 0;
    base::Result<file_system::Kind> kind = file_system::KindOf(transfer->descriptor_, &size);
    if (!kind.ok()) {
      transfer->Fail(kind.error().code);
      return FinishLater(std::move(transfer));
    }
    const bool pooled = transfer->goes_on_ =
        kind.value() == file_system::Kind::kFile || kind.value() == file_system::Kind::kFolder;
    if (pooled && (!transfer->CachedPerhaps(size) || !MayBeDirect())) return ToPool(std::move(transfer));
    switch (transfer->TryNow()) {
      case Transfer::Attempt::kFinished:
        return FinishLater(std::move(transfer));
      case Transfer::Attempt::kNotReady:
        if (pooled) return ToPool(std::move(transfer));
        return Wait(std::move(transfer), kind.value() == file_system::Kind::kDevice);
      case Transfer::Attempt::kNeedsThread:
        if (pooled) return ToPool(std::move(transfer));
        return Wait(std::move(transfer), /*on_pool=*/true);
    }
  }
};

void Start(std::unique_ptr<Transfer> transfer) { Machine::Start(std::move(transfer)); }

void Cancel(int descriptor) {
  for (Machine::Step* step : Machine::AllSteps()) {
    if (step->transfer->descriptor() == descriptor) step->cancelled.store(true, std::memory_order_relaxed);
  }
  std::vector<std::unique_ptr<Waiting>>& all = AllWaiting();
  for (size_t i = all.size(); i > 0; --i) {
    if (all[i - 1]->descriptor() != descriptor) continue;
    std::unique_ptr<Waiting> ended = TakeOut(all[i - 1].get());
    Machine::Fail(ended->transfer.get(), ECANCELED);
    FinishLater(std::move(ended->transfer));
  }
}

// --- Transfers ---

void Transfer::Fail(int code) { error_ = base::Error{syscall_, code, file_system::ShownDescriptor(descriptor_)}; }

Transfer::Attempt Transfer::AfterFailure() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Attempt::kNotReady;
  if (errno == EOPNOTSUPP) return Attempt::kNeedsThread;  // as for named pipes and terminals
  Fail(errno);
  return Attempt::kFinished;
}

// Whether the descriptor itself never blocks.
bool Transfer::IsNonBlocking() const { return !goes_on_ && (fcntl(descriptor_, F_GETFL) & O_NONBLOCK) != 0; }

int Read::Events() const { return loop::kRead; }

bool Read::CachedPerhaps(size_t size) {
  // Files of /proc have a size of 0.
  direct_ = std::max(size, kPiece);
  return std::min(length_, direct_) <= kDirect;
}

Transfer::Attempt Read::TryNow() {
  if (std::exchange(wait_, false)) return Attempt::kNotReady;
  const size_t room = std::min(length_, direct_);
  if (!bytes_.Grow(room)) {
    Fail(ENOMEM);
    return Attempt::kFinished;
  }
  do {
    const int64_t from =
        position_ == file_system::kCurrent ? position_ : position_ + static_cast<int64_t>(bytes_.size());
    ssize_t got = file_system::ReadCached(descriptor_, bytes_.data() + bytes_.size(), room - bytes_.size(), from);
    if (got < 0 && errno == EOPNOTSUPP && IsNonBlocking()) got = read(descriptor_, bytes_.data(), room);
    if (got < 0) return bytes_.size() == 0 ? AfterFailure() : Attempt::kNeedsThread;
    if (got == 0) break;
    bytes_.set_size(bytes_.size() + static_cast<size_t>(got));
  } while (goes_on_ && bytes_.size() < room);
  if (goes_on_) HasMoved(bytes_.size());
  return Attempt::kFinished;
}

void Read::Work() {
  const bool at_current = position_ == file_system::kCurrent;
  // What has been begun has room for no more, should the file have grown meanwhile.
  const size_t length = bytes_.size() > 0 ? std::min(length_, direct_) : length_;
  base::Result<blocks::Block> read = file_system::Read(
      descriptor_, length - bytes_.size(), at_current ? position_ : position_ + static_cast<int64_t>(bytes_.size()));
  if (bytes_.size() > 0) {
    // The rest of what had been begun at once. An error can wait for the next read.
    if (!read.ok()) return;
    const blocks::Block& rest = read.value();
    std::copy_n(rest.data(), rest.size(), bytes_.data() + bytes_.size());
    bytes_.set_size(bytes_.size() + rest.size());
  } else if (read.ok()) {
    bytes_ = std::move(read.value());
  } else {
    error_ = read.error();
  }
}

int Write::Events() const { return loop::kWrite; }

Transfer::Attempt Write::TryNow() {
  const std::string_view rest = bytes_.substr(written_, kDirect);
  iovec piece = {const_cast<char*>(rest.data()), rest.size()};
  ssize_t put = pwritev2(descriptor_, &piece, 1, position_, RWF_NOWAIT);
  if (put < 0 && errno == EOPNOTSUPP && IsNonBlocking()) put = write(descriptor_, rest.data(), rest.size());
  if (put < 0) return AfterFailure();
  written_ += static_cast<uint64_t>(put);
  return written_ == bytes_.size() ? Attempt::kFinished : Attempt::kNotReady;
}

void Write::WorkOn(std::string_view bytes) {
  base::Result<uint64_t> put = file_system::Write(descriptor_, bytes, position_);
  if (put.ok()) {
    written_ += put.value();
  } else {
    error_ = put.error();
  }
}

void Write::Work() { WorkOn(bytes_.substr(written_)); }

// So many bytes a pipe takes that is ready (pipe(7)).
void Write::WorkOnce() { WorkOn(bytes_.substr(written_, PIPE_BUF)); }

}  // namespace node::file_io
