#include "bind.h"
#include "js.h"
#include "loop.h"

// The clock and the one timer of the loop, for lib/timers.js.
namespace node::bind_timers {

static void OnTimer(loop::Timer*) {
  bool first = true;
  bool more = true;
  while (more) {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {v8::Boolean::New(js::isolate(), first)};
    more = js::Call(js::Hook::kTimers, std::size(arguments), arguments)->IsTrue();
    first = false;
  }
}

static loop::Timer& TheTimer() {
  static loop::Timer* timer = [] {
    auto* created = new loop::Timer;
    created->Init(OnTimer, /*keeps_alive=*/true);
    return created;
  }();
  return *timer;
}

// now(): milliseconds of the monotonic clock.
static void Now(const v8::FunctionCallbackInfo<v8::Value>& info) { info.GetReturnValue().Set(loop::NowMs()); }

// armTimer(due): calls the hook `timers` when the clock shows `due`, in place of what was armed before.
static void ArmTimer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  TheTimer().Start(info[0].As<v8::Number>()->Value() - loop::NowMs());
}

// disarmTimer(): nothing is due any more.
static void DisarmTimer(const v8::FunctionCallbackInfo<v8::Value>&) { TheTimer().Stop(); }

static constexpr js::Function kFunctions[] = {
    {"now", Now},
    {"armTimer", ArmTimer},
    {"disarmTimer", DisarmTimer},
};

void Install(v8::Local<v8::Object> binding) { js::InstallFunctions(binding, kFunctions, std::size(kFunctions)); }

void AddReferences(std::vector<intptr_t>* references) {
  for (const js::Function& function : kFunctions) references->push_back(reinterpret_cast<intptr_t>(function.callback));
}

}  // namespace node::bind_timers
