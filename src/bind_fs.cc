#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bind.h"
#include "blocks.h"
#include "file_io.h"
#include "file_system.h"
#include "file_watch.h"
#include "js.h"
#include "js_buffers.h"
#include "js_chunk.h"
#include "thread_pool.h"
#include "utf8.h"

// Files, for lib/fs.js. Each operation has a number there, by which it is told
// of its end: the hook `fileDone`.
namespace node::bind_fs {

using base::Error;
using base::Result;
using file_system::Status;
using js_chunk::Encoding;

// --- From C++ to script ---

// What operations give; the first alternative is nothing.
using Value = std::variant<std::monostate, uint64_t, std::string, std::vector<std::string>, Status>;

static Value ToValue(base::Done) { return {}; }
static Value ToValue(int number) { return static_cast<uint64_t>(number); }
static Value ToValue(uint64_t number) { return number; }
static Value ToValue(std::string text) { return text; }
static Value ToValue(std::vector<std::string> names) { return names; }
static Value ToValue(const Status& status) { return status; }

static v8::Local<v8::Value> ToScript(const std::vector<std::string>& names) {
  v8::Local<v8::Array> array = v8::Array::New(js::isolate(), static_cast<int>(names.size()));
  for (size_t i = 0; i < names.size(); ++i) {
    array->Set(js::context(), static_cast<uint32_t>(i), js::Utf8(names[i])).Check();
  }
  return array;
}

// In the order of STATUS_FIELDS in lib/fs.js.
static v8::Local<v8::Value> ToScript(const Status& status) {
  const uint64_t integers[] = {status.dev, status.ino,  status.mode, status.nlink,   status.uid,
                               status.gid, status.rdev, status.size, status.blksize, status.blocks};
  const double times[] = {status.atime, status.mtime, status.ctime};
  v8::Local<v8::Value> fields[std::size(integers) + std::size(times)];
  size_t count = 0;
  for (uint64_t integer : integers) fields[count++] = js::Number(static_cast<double>(integer));
  for (double time : times) fields[count++] = js::Number(time);
  return v8::Array::New(js::isolate(), fields, count);
}

static v8::Local<v8::Value> ToScript(const Value& value) {
  if (const auto* number = std::get_if<uint64_t>(&value)) return js::Number(static_cast<double>(*number));
  if (const auto* text = std::get_if<std::string>(&value)) return js::Utf8(*text);
  if (const auto* names = std::get_if<std::vector<std::string>>(&value)) return ToScript(*names);
  if (const auto* status = std::get_if<Status>(&value)) return ToScript(*status);
  return v8::Undefined(js::isolate());
}

static v8::Local<v8::Value> ToScript(blocks::Block bytes, Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return js::Utf8({bytes.data(), bytes.size()});
    case Encoding::kAscii:
      return js::OneByte({bytes.data(), bytes.size()});
    case Encoding::kRaw:
    case Encoding::kBytes:
      return js_buffers::Wrap(std::move(bytes));
  }
  return v8::Undefined(js::isolate());
}

// Needs a HandleScope.
static void Tell(uint32_t number, const std::optional<Error>& error, v8::Local<v8::Value> value,
                 v8::Local<v8::Value> more = v8::Local<v8::Value>()) {
  v8::Local<v8::Value> undefined = v8::Undefined(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(number), undefined, value, more.IsEmpty() ? undefined : more};
  if (error) arguments[1] = js::MakeError(error->Message(), error->Name(), error->syscall);
  js::Call(js::Hook::kFileDone, std::size(arguments), arguments);
}

// --- Operations on the pool ---

// One whose result is a Value; this one is finished already.
struct Operation : thread_pool::Job {
  uint32_t number = 0;
  std::optional<Error> error;
  Value value;

  template <typename T>
  void Take(Result<T> result) {
    if (result.ok()) {
      value = ToValue(std::move(result.value()));
    } else {
      error = result.error();
    }
  }

  void Work() override {}
  void Done() override {
    v8::HandleScope scope(js::isolate());
    Tell(number, error, ToScript(value));
  }
};

// `function` gives the Result.
template <typename F>
struct Task : Operation {
  explicit Task(F work) : function(std::move(work)) {}
  void Work() override { Take(function()); }
  F function;
};

static uint32_t NumberOf(const v8::FunctionCallbackInfo<v8::Value>& info) { return js::Unsigned(info[0]); }

// The first argument of a binding is the operation's number.
template <typename F>
static void Run(const v8::FunctionCallbackInfo<v8::Value>& info, F function, int key = thread_pool::kNoKey) {
  auto task = std::make_unique<Task<F>>(std::move(function));
  task->number = NumberOf(info);
  file_io::Post(
      std::move(task), [](thread_pool::Job* job) { static_cast<Operation*>(job)->error = thread_pool::QueueFull(); },
      key);
}

static std::string Path(v8::Local<v8::Value> value) { return js::ToUtf8(value); }

static int64_t Integer(v8::Local<v8::Value> value) { return value->IntegerValue(js::context()).FromMaybe(0); }
static int Descriptor(v8::Local<v8::Value> value) { return static_cast<int>(Integer(value)); }
static mode_t Mode(v8::Local<v8::Value> value) { return static_cast<mode_t>(js::Unsigned(value)); }
static double Double(v8::Local<v8::Value> value) { return value->NumberValue(js::context()).FromMaybe(0); }

// fileOpen(number, path, flags, mode): a descriptor.
static void Open(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), flags = Descriptor(info[2]), mode = Mode(info[3])] {
    return file_system::Open(path, flags, mode);
  });
}

// fileClose(number, fd)
static void Close(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const int descriptor = Descriptor(info[1]);
  file_io::Cancel(descriptor);
  // Behind the writes to it that are on their way: its number may soon be that of another file.
  Run(info, [descriptor] { return file_system::Close(descriptor); }, descriptor);
}

// fileRename, fileLink, fileSymlink(number, from, to)
template <Result<base::Done> (*Call)(const std::string&, const std::string&)>
static void OnTwoNames(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [from = Path(info[1]), to = Path(info[2])] { return Call(from, to); });
}

// fileUnlink and the like (number, path)
template <auto Call>
static void OnName(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1])] { return Call(path); });
}

// fileCopy(number, from, to): bytes.
static void Copy(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [from = Path(info[1]), to = Path(info[2])] { return file_system::Copy(from, to); });
}

// fileMkdir(number, path, mode, parents)
static void MakeFolder(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), mode = Mode(info[2]), parents = info[3]->IsTrue()] {
    return file_system::MakeFolder(path, mode, parents);
  });
}

// fileChmod(number, path, mode)
static void ChangeMode(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), mode = Mode(info[2])] { return file_system::ChangeMode(path, mode); });
}

// fileChown(number, path, uid, gid)
static void ChangeOwner(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), owner = js::Unsigned(info[2]), group = js::Unsigned(info[3])] {
    return file_system::ChangeOwner(path, owner, group);
  });
}

// fileUtimes(number, path, accessed, modified): milliseconds.
static void SetTimes(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), accessed = Double(info[2]), modified = Double(info[3])] {
    return file_system::SetTimes(path, accessed, modified);
  });
}

// fileTruncate(number, path or fd, length)
static void Truncate(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const auto length = static_cast<uint64_t>(Integer(info[2]));
  if (info[1]->IsString()) {
    return Run(info, [path = Path(info[1]), length] { return file_system::Truncate(path, length); });
  }
  const int descriptor = Descriptor(info[1]);
  Run(info, [descriptor, length] { return file_system::TruncateOpen(descriptor, length); }, descriptor);
}

// fileSync(number, fd): behind the writes to it that are on their way.
static void Sync(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const int descriptor = Descriptor(info[1]);
  Run(info, [descriptor] { return file_system::Sync(descriptor); }, descriptor);
}

// fileStat, fileLstat(number, path): an array of numbers, see ToScript().
template <auto Call, auto CallNow>
static void GetStatus(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string path = Path(info[1]);
  std::optional<Result<Status>> status;
  if (file_io::MayBeDirect()) status = CallNow(path);
  if (!status) return Run(info, [path = std::move(path)] { return Call(path); });
  auto finished = std::make_unique<Operation>();
  finished->number = NumberOf(info);
  finished->Take(std::move(*status));
  file_io::FinishLater(std::move(finished));
}

// --- Bytes ---

struct Cat : thread_pool::Job {
  explicit Cat(file_system::WholeFile whole) : file(std::move(whole)) {}

  void Work() override {
    if (is_beside) {
      ended = file.ReadNow();
    } else {
      file.ReadOn();
    }
  }
  static void Refuse(thread_pool::Job* job) { static_cast<Cat*>(job)->refused = thread_pool::QueueFull(); }

  // It has been found that it may block.
  void GoOn() {
    auto rest = std::make_unique<Cat>(std::move(file));
    rest->number = number;
    rest->encoding = encoding;
    file_io::Post(std::move(rest), Refuse);
  }

  void Done() override {
    if (!ended && !refused) return GoOn();
    v8::HandleScope scope(js::isolate());
    if (refused) return Tell(number, refused, v8::Undefined(js::isolate()));
    if (file.error()) return Tell(number, file.error(), v8::Undefined(js::isolate()));
    if (file.stream().valid()) return Tell(number, {}, js::Number(file.stream().Release()), v8::True(js::isolate()));
    Tell(number, {}, ToScript(std::move(file.bytes()), encoding), v8::False(js::isolate()));
  }

  uint32_t number = 0;
  Encoding encoding = Encoding::kRaw;
  file_system::WholeFile file;
  bool is_beside = false;
  bool ended = true;
  std::optional<Error> refused;
};

static Encoding EncodingOf(v8::Local<v8::Value> value) { return static_cast<Encoding>(js::Unsigned(value) & 3); }

// fileCat(number, path, encoding, most): the content and false; or the descriptor of a stream and true.
static void CatFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto cat = std::make_unique<Cat>(file_system::WholeFile(Path(info[1]), static_cast<size_t>(Integer(info[3]))));
  cat->number = NumberOf(info);
  cat->encoding = EncodingOf(info[2]);
  if (file_io::MayBeBeside()) {
    cat->is_beside = true;
    return file_io::PostBeside(std::move(cat));
  }
  if (file_io::MayBeDirect() && cat->file.ReadNow()) {
    file_io::HasMoved(cat->file.bytes().size());
    return file_io::FinishLater(std::move(cat));
  }
  file_io::Post(std::move(cat), Cat::Refuse);
}

// The beginning of a character, up to three bytes, as script keeps it: behind a 1, so that zeros count.
static std::string Unpacked(uint32_t tail) {
  std::string bytes;
  for (; tail > 1; tail >>= 8) bytes.insert(bytes.begin(), static_cast<char>(tail));
  return bytes;
}

static uint32_t Packed(std::string_view bytes) {
  uint32_t tail = 1;
  for (char c : bytes) tail = tail << 8 | static_cast<unsigned char>(c);
  return tail;
}

struct Reading : file_io::Read {
  using Read::Read;

  void Done() override {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> data = v8::Null(js::isolate());
    if (error()) return Tell(number, error(), data);
    const size_t count = bytes().size();
    const bool joins = tail != 0 && encoding == Encoding::kUtf8;
    if (tail > 1 && !Prepend(Unpacked(tail))) return Tell(number, Error{"read", ENOMEM, ""}, data);
    const std::string_view whole(bytes().data(), bytes().size());
    // At the end what is incomplete remains so.
    const size_t incomplete = joins && count > 0 ? utf8::IncompleteTail(whole) : 0;
    if (tail != 0) tail = Packed(whole.substr(whole.size() - incomplete));
    if (!whole.empty()) {
      bytes().set_size(whole.size() - incomplete);
      data = ToScript(std::move(bytes()), encoding);
    }
    Tell(number, {}, data, Counts(js::Number(static_cast<double>(count)), tail));
  }

  bool Prepend(std::string_view text) {
    blocks::Block joined;
    if (!joined.Grow(text.size() + bytes().size())) return false;
    std::memcpy(joined.data(), text.data(), text.size());
    if (bytes().size() > 0) std::memcpy(joined.data() + text.size(), bytes().data(), bytes().size());
    joined.set_size(text.size() + bytes().size());
    bytes() = std::move(joined);
    return true;
  }

  static v8::Local<v8::Value> Counts(v8::Local<v8::Value> count, uint32_t tail) {
    v8::Local<v8::Value> both[] = {count, js::Integer(tail)};
    return v8::Array::New(js::isolate(), both, std::size(both));
  }

  uint32_t number = 0;
  Encoding encoding = Encoding::kRaw;
  // See Unpacked(). 0: characters are not joined.
  uint32_t tail = 0;
};

static int64_t Position(v8::Local<v8::Value> value) {
  return value->IsNumber() ? Integer(value) : file_system::kCurrent;
}

// fileRead(number, fd, length, position, encoding, tail, wait): data, null at the end, and [bytes, tail].
static void ReadFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto reading = std::make_unique<Reading>(Descriptor(info[1]), static_cast<size_t>(Integer(info[2])),
                                           Position(info[3]), info[6]->IsTrue());
  reading->number = NumberOf(info);
  reading->encoding = EncodingOf(info[4]);
  reading->tail = js::Unsigned(info[5]);
  file_io::Start(std::move(reading));
}

struct Writing : file_io::Write {
  using Write::Write;

  void Done() override {
    v8::HandleScope scope(js::isolate());
    Tell(number, error(), js::Number(static_cast<double>(written())));
  }

  uint32_t number = 0;
};

// fileWrite(number, fd, data, position): bytes. Large views are not copied.
static void WriteFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  static constexpr size_t kWorthKeeping = 4096;
  v8::Local<v8::Value> data = info[2];
  auto copy = std::make_shared<std::string>();
  std::shared_ptr<void> owner = copy;
  std::string_view bytes = js_chunk::Encode(data, /*utf8=*/true, copy.get());
  if (bytes.data() != copy->data()) {
    if (bytes.size() <= kWorthKeeping) {
      copy->assign(bytes);
      bytes = *copy;
    } else if (data->IsArrayBufferView()) {
      owner = data.As<v8::ArrayBufferView>()->Buffer()->GetBackingStore();
    } else {
      owner = data.As<v8::ArrayBuffer>()->GetBackingStore();
    }
  }
  auto writing = std::make_unique<Writing>(Descriptor(info[1]), bytes, std::move(owner), Position(info[3]));
  writing->number = NumberOf(info);
  file_io::Start(std::move(writing));
}

// --- Watching ---

static void OnChange(uint32_t watch, file_watch::Kind kind, std::string_view entry) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> name = v8::Null(js::isolate());
  if (!entry.empty()) name = js::Utf8(entry);
  v8::Local<v8::Value> arguments[] = {js::Integer(watch), js::Integer(static_cast<uint32_t>(kind)), name};
  js::Call(js::Hook::kFileChanged, std::size(arguments), arguments);
}

// fileWatch(path): a number; throws.
static void Watch(const v8::FunctionCallbackInfo<v8::Value>& info) {
  file_watch::SetListener(OnChange);
  Result<uint32_t> watch = file_watch::Add(Path(info[0]));
  if (!watch.ok()) {
    return js::ThrowError(watch.error().Message(), watch.error().Name(), watch.error().syscall);
  }
  info.GetReturnValue().Set(watch.value());
}

// fileUnwatch(number)
static void Unwatch(const v8::FunctionCallbackInfo<v8::Value>& info) { file_watch::Remove(js::Unsigned(info[0])); }

// --- Constants ---

// fileConstants(): an array of names and numbers in turn.
static void Constants(const v8::FunctionCallbackInfo<v8::Value>& info) {
  struct Constant {
    const char* name;
    int value;
  };
  static constexpr Constant kConstants[] = {
      {"O_RDONLY", O_RDONLY},
      {"O_WRONLY", O_WRONLY},
      {"O_RDWR", O_RDWR},
      {"O_CREAT", O_CREAT},
      {"O_EXCL", O_EXCL},
      {"O_NOCTTY", O_NOCTTY},
      {"O_TRUNC", O_TRUNC},
      {"O_APPEND", O_APPEND},
      {"O_DIRECTORY", O_DIRECTORY},
      {"O_NOFOLLOW", O_NOFOLLOW},
      {"O_NONBLOCK", O_NONBLOCK},
      {"O_SYNC", O_SYNC},
      {"S_IFMT", S_IFMT},
      {"S_IFREG", S_IFREG},
      {"S_IFDIR", S_IFDIR},
      {"S_IFLNK", S_IFLNK},
      {"S_IFIFO", S_IFIFO},
      {"S_IFSOCK", S_IFSOCK},
      {"S_IFCHR", S_IFCHR},
      {"S_IFBLK", S_IFBLK},
      {"S_IRWXU", S_IRWXU},
      {"S_IRUSR", S_IRUSR},
      {"S_IWUSR", S_IWUSR},
      {"S_IXUSR", S_IXUSR},
      {"S_IRWXG", S_IRWXG},
      {"S_IRGRP", S_IRGRP},
      {"S_IWGRP", S_IWGRP},
      {"S_IXGRP", S_IXGRP},
      {"S_IRWXO", S_IRWXO},
      {"S_IROTH", S_IROTH},
      {"S_IWOTH", S_IWOTH},
      {"S_IXOTH", S_IXOTH},
      {"STDIN_FILENO", STDIN_FILENO},
      {"STDOUT_FILENO", STDOUT_FILENO},
      {"STDERR_FILENO", STDERR_FILENO},
      // Second names of errors.
      {"EWOULDBLOCK", EWOULDBLOCK},
      {"EDEADLOCK", EDEADLOCK},
      {"ENOTSUP", ENOTSUP},
  };
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Array> all = v8::Array::New(isolate);
  auto add = [&](const char* name, int value) {
    all->Set(context, all->Length(), v8::String::NewFromUtf8(isolate, name).ToLocalChecked()).Check();
    all->Set(context, all->Length(), v8::Integer::New(isolate, value)).Check();
  };
  for (const Constant& constant : kConstants) add(constant.name, constant.value);
  static constexpr int kErrorsEnd = 256;
  for (int code = 1; code < kErrorsEnd; ++code) {
    const char* name = strerrorname_np(code);
    if (name != nullptr) add(name, code);
  }
  info.GetReturnValue().Set(all);
}

// errorText(errno)
static void ErrorText(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const int code = Descriptor(info[0]);
  const char* text = strerrordesc_np(code);
  info.GetReturnValue().Set(js::Utf8(text != nullptr ? text : "Unknown error " + std::to_string(code)));
}

static constexpr js::Function kFunctions[] = {
    {"fileOpen", Open},
    {"fileClose", Close},
    {"fileRead", ReadFile},
    {"fileWrite", WriteFile},
    {"fileCat", CatFile},
    {"fileStat", GetStatus<file_system::GetStatus, file_system::GetStatusNow>},
    {"fileLstat", GetStatus<file_system::GetLinkStatus, file_system::GetLinkStatusNow>},
    {"fileRename", OnTwoNames<file_system::Rename>},
    {"fileLink", OnTwoNames<file_system::MakeLink>},
    {"fileSymlink", OnTwoNames<file_system::MakeSymlink>},
    {"fileUnlink", OnName<file_system::Unlink>},
    {"fileRmdir", OnName<file_system::RemoveFolder>},
    {"fileReaddir", OnName<file_system::ReadFolder>},
    {"fileReadlink", OnName<file_system::ReadLink>},
    {"fileRealpath", OnName<file_system::RealPath>},
    {"fileMkdtemp", OnName<file_system::MakeTemporaryFolder>},
    {"fileMkdir", MakeFolder},
    {"fileChmod", ChangeMode},
    {"fileChown", ChangeOwner},
    {"fileUtimes", SetTimes},
    {"fileTruncate", Truncate},
    {"fileSync", Sync},
    {"fileCopy", Copy},
    {"fileWatch", Watch},
    {"fileUnwatch", Unwatch},
    {"errorText", ErrorText},
    {"fileConstants", Constants},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_fs
