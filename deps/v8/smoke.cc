// Tried by the build before it puts the archive into the cache: V8 starts from
// its snapshot, compiles with every tier, and has what the settings say.
#include <cstdio>
#include <cstring>
#include <memory>

#include "libplatform/libplatform.h"
#include "v8.h"

static const char kScript[] = R"js(
  function hot(n) { let s = 0; for (let i = 0; i < n; i++) s = (s + i * i) % 1000003; return s; }
  let sum = 0;
  for (let i = 0; i < 500; i++) sum += hot(2000);
  class A { #x = 1; static y = 2; get x() { return this.#x; } }
  function* gen() { yield* [1, 2, 3]; }
  const wrong = [];
  const check = (name, value, want) => { if (value !== want) wrong.push(`${name}: ${value}`); };
  check('arithmetic', sum, 500 * hot(2000));
  check('regexp', 'a1b22'.replace(/(?<n>\d+)/g, '<$<n>>'), 'a<1>b<22>');
  check('json', JSON.stringify(JSON.parse('{"a":[1,2.5,"\\u00e9"]}')), '{"a":[1,2.5,"é"]}');
  check('class', new A().x + A.y, 3);
  check('generator', [...gen()].join(), '1,2,3');
  check('proxy', new Proxy({}, { get: (_, k) => k }).name, 'name');
  check('bigint', String(2n ** 100n), '1267650600228229401496703205376');
  check('sort', [3, 1, 2].sort().join(), '1,2,3');
  check('typed', new Float64Array([1.5, 2]).map(x => x * 2).join(), '3,4');
  check('date', new Date(0).toISOString(), '1970-01-01T00:00:00.000Z');
  wrong.join('; ')
)js";

int main() {
  // Without threads of its own: concurrent compilation would only blur the result.
  v8::V8::SetFlagsFromString("--single-threaded --rehash-snapshot");
  std::unique_ptr<v8::Platform> platform = v8::platform::NewSingleThreadedDefaultPlatform();
  v8::V8::InitializePlatform(platform.get());
  v8::V8::Initialize();
  v8::Isolate::CreateParams params;
  params.array_buffer_allocator = v8::ArrayBuffer::Allocator::NewDefaultAllocator();
  v8::Isolate* isolate = v8::Isolate::New(params);
  {
    v8::Isolate::Scope isolate_scope(isolate);
    v8::HandleScope handles(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    v8::Context::Scope scope(context);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> result;
    auto source = v8::String::NewFromUtf8(isolate, kScript).ToLocalChecked();
    if (!v8::Script::Compile(context, source).ToLocal(&script) || !script->Run(context).ToLocal(&result)) {
      printf("exception: %s\n", *v8::String::Utf8Value(isolate, caught.Exception()));
      return 1;
    }
    v8::String::Utf8Value text(isolate, result);
    if (text.length()) {
      printf("wrong: %s\n", *text);
      return 1;
    }
  }
  puts("smoke ok");
  fflush(stdout);
  _Exit(0);
}
