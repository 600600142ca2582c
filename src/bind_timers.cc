#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base.h"
#include "bind.h"
#include "js.h"
#include "loop.h"
#include "v8-fast-api-calls.h"

// The clock and the one timer of the loop, for lib/timers.js.
namespace node::bind_timers {

static constexpr double kNever = std::numeric_limits<double>::infinity();

// What the library writes, in memory that both see: setting and clearing a timer makes no call.
struct State {
  double wake = kNever;  // when the hook `timers` is to be called, by the clock of now()
  double used = 0;       // how many numbers of the records have been in use, written when that becomes never
};
static State state;
// What the loop's timer is set to.
static double armed = kNever;

// The library's records: address space for as many as there can be, memory for those below `committed`.
static constexpr size_t kRecordBytes = 16;
static constexpr size_t kMostBytes = size_t{1} << 30;
static constexpr size_t kFirstBytes = size_t{64} << 10;
// What is kept when no timer is left; the heads of lists are in it.
static constexpr size_t kKeptBytes = size_t{1} << 20;
static constexpr size_t kLargePage = size_t{2} << 20;
static unsigned char* records = nullptr;
static size_t committed = 0;

// Of records, none of which is in use any more: the library will start with the first.
static void GiveBack() {
  const size_t used = static_cast<size_t>(state.used) * sizeof(int32_t);
  state.used = 0;
  if (used > kKeptBytes) madvise(records + kKeptBytes, used - kKeptBytes, MADV_DONTNEED);
}

static void OnTimer(loop::Timer*) {
  armed = kNever;
  v8::HandleScope scope(js::isolate());
  js::Call(js::Hook::kTimers, 0, nullptr);
  // Now, for the loop ends before it waits again when nothing keeps it alive.
  Arm();
}

static loop::Timer& TheTimer() {
  static loop::Timer* timer = [] {
    auto* created = new loop::Timer;
    created->Init(OnTimer, /*keeps_alive=*/true);
    return created;
  }();
  return *timer;
}

bool ArmDue() { return state.wake != armed; }

void Arm() {
  if (state.used > 0 && state.wake == kNever) GiveBack();
  if (!ArmDue()) return;
  armed = state.wake;
  if (armed == kNever) {
    TheTimer().Stop();
  } else {
    TheTimer().Start(armed - loop::NowMs());
  }
}

// now(): milliseconds of the monotonic clock.
static void Now(const v8::FunctionCallbackInfo<v8::Value>& info) { info.GetReturnValue().Set(loop::NowMs()); }
// The same for optimized code, which calls it without the engine's ceremony: 25 ns less.
static double NowFast(v8::Local<v8::Value>) { return loop::NowMs(); }

// An array buffer over memory that stays until the process ends.
static v8::Local<v8::ArrayBuffer> Shared(void* memory, size_t size) {
  // With this deleter the engine does not take the memory for its own, and counts none of it.
  std::unique_ptr<v8::BackingStore> store =
      v8::ArrayBuffer::NewBackingStore(memory, size, v8::BackingStore::EmptyDeleter, nullptr);
  return v8::ArrayBuffer::New(js::isolate(),
                              std::shared_ptr<v8::BackingStore>(store.release(), [](v8::BackingStore*) {}));
}

// timerState(): {wake, records}: a Float64Array over State, and an Int32Array for as many as there can ever be.
static void TimerState(const v8::FunctionCallbackInfo<v8::Value>& info) {
  // Again where the caller found no stack to go on.
  if (records == nullptr) {
    void* memory =
        mmap(nullptr, kMostBytes + kLargePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
      base::Error error = base::ErrnoError("mmap");
      return js::ThrowError("no address space for timers: " + error.Message());
    }
    // Where a large page may begin.
    records = static_cast<unsigned char*>(memory) + (kLargePage - reinterpret_cast<uintptr_t>(memory) % kLargePage);
  }
  v8::Local<v8::Object> result = v8::Object::New(js::isolate());
  // Not where a setter of Object.prototype would get them.
  js::SetOwn(result, "wake", v8::Float64Array::New(Shared(&state, sizeof state), 0, 2));
  js::SetOwn(result, "records", v8::Int32Array::New(Shared(records, kMostBytes), 0, kMostBytes / 4));
  info.GetReturnValue().Set(result);
}

// growTimers(): doubles the memory of the records. Returns how many of the array's numbers have some.
static void GrowTimers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const size_t wanted = committed == 0 ? kFirstBytes : committed * 2;
  if (wanted > kMostBytes) {
    return js::ThrowError("too many timers: there can be " + std::to_string(kMostBytes / kRecordBytes));
  }
  if (mprotect(records + committed, wanted - committed, PROT_READ | PROT_WRITE) != 0) {
    base::Error error = base::ErrnoError("mprotect");
    return js::ThrowError("no memory for more timers: " + error.Message());
  }
  // Large ones in large pages, where the system gives them: fewer faults, and timers fire in no order of memory.
  if (wanted >= kLargePage * 2) madvise(records + wanted / 2, wanted / 2, MADV_HUGEPAGE);
  committed = wanted;
  info.GetReturnValue().Set(static_cast<uint32_t>(committed / sizeof(int32_t)));
}

// runMicrotasks(): those that a callback has left, before the next one is called.
static void RunMicrotasks(const v8::FunctionCallbackInfo<v8::Value>&) { js::RunMicrotasks(); }

static const v8::CFunction kNowFast = v8::CFunction::Make(NowFast);

static constexpr js::Function kFunctions[] = {
    {"now", Now, &kNowFast},
    {"timerState", TimerState},
    {"growTimers", GrowTimers},
    {"runMicrotasks", RunMicrotasks},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_timers
