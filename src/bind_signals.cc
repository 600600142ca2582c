#include <span>
#include <vector>

#include "bind.h"
#include "js.h"
#include "signals.h"

// Signals, for lib/modules.js and lib/signals.js.
namespace node::bind_signals {

// awaitSignals(): SIGINT and SIGTERM are to be told to the script, which has something to do before the end.
static void AwaitSignals(const v8::FunctionCallbackInfo<v8::Value>&) {
  signals::TellBeforeEnd([](int code) {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {v8::Integer::New(js::isolate(), code)};
    js::Call(js::Hook::kExit, std::size(arguments), arguments);
  });
}

// A signal that a script has asked about, and the array of its listeners, which the script may edit as it likes.
struct Asked {
  int number;
  v8::Global<v8::Array> listeners;
};

static std::vector<Asked>& All() {
  static auto* all = new std::vector<Asked>;
  return *all;
}

// Of lib/: called with the number of a signal that has come and has listeners.
static v8::Global<v8::Function>& Teller() {
  static auto* teller = new v8::Global<v8::Function>;
  return *teller;
}

static bool HasListeners(const Asked& asked) { return asked.listeners.Get(js::isolate())->Length() > 0; }

static void Tell(int number) {
  v8::HandleScope scope(js::isolate());
  for (const Asked& asked : All()) {
    if (asked.number != number) continue;
    // Its last listener has gone in this very turn.
    if (!HasListeners(asked)) return signals::DoDefault(number);
    v8::Local<v8::Value> arguments[] = {v8::Integer::New(js::isolate(), number)};
    js::Call(Teller().Get(js::isolate()), v8::Undefined(js::isolate()), std::size(arguments), arguments);
    return;
  }
}

// hearSignal(number, listeners, tell): from now on the signal is heard while the array `listeners` has any, as of the
// end of a turn; `tell`, always the same, is called with its number. Once for each number.
static void HearSignal(const v8::FunctionCallbackInfo<v8::Value>& info) {
  if (Teller().IsEmpty()) {
    Teller().Reset(js::isolate(), info[2].As<v8::Function>());
    signals::SetListener(Tell);
  }
  All().push_back(
      {info[0]->Int32Value(js::context()).FromJust(), v8::Global<v8::Array>(js::isolate(), info[1].As<v8::Array>())});
}

void Arm() {
  if (All().empty()) return;
  v8::HandleScope scope(js::isolate());
  for (const Asked& asked : All()) {
    if (HasListeners(asked)) {
      signals::Hear(asked.number);
    } else {
      signals::Unhear(asked.number);
    }
  }
}

// armSignals(): what has listeners is heard at once, not only when the turn is over.
static void ArmSignals(const v8::FunctionCallbackInfo<v8::Value>&) { Arm(); }

// endHearing(): see signals.h.
static void EndHearing(const v8::FunctionCallbackInfo<v8::Value>&) { signals::EndHearing(); }

static constexpr js::Function kFunctions[] = {
    {"awaitSignals", AwaitSignals},
    {"hearSignal", HearSignal},
    {"armSignals", ArmSignals},
    {"endHearing", EndHearing},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_signals
