#include <arpa/inet.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind.h"
#include "bytes.h"
#include "dns_message.h"
#include "dns_transport.h"
#include "host_lookup.h"
#include "js.h"
#include "resolver.h"
#include "resolver_config.h"
#include "slots.h"
#include "stream.h"

// Resolvers and their answers, for lib/dns.js.
namespace node::bind_dns {

using dns_message::Type;
using resolver::Code;

// --- Records as values ---

// Needs a HandleScope, as all of these.
static v8::Local<v8::Value> AddressText(std::string_view bytes) {
  if (bytes.size() != 4) {
    char ipv6[INET6_ADDRSTRLEN];
    CHECK(bytes.size() == 16 && inet_ntop(AF_INET6, bytes.data(), ipv6, sizeof ipv6) != nullptr);
    return js::OneByte(ipv6);
  }
  // Most answers are these; inet_ntop(3) goes through printf(3).
  char text[INET_ADDRSTRLEN];
  char* end = text;
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) *end++ = '.';
    end = bytes::WriteDecimal(static_cast<uint8_t>(bytes[i]), end);
  }
  return js::OneByte({text, static_cast<size_t>(end - text)});
}

static v8::Local<v8::Value> NameText(const dns_message::Name& name) { return js::OneByte(name.ToText()); }

static v8::Local<v8::Value> ArrayOf(std::vector<v8::Local<v8::Value>>* values) {
  return v8::Array::New(js::isolate(), values->data(), values->size());
}

// The fields of one record, flat; lib/dns.js makes them an object.
static void AppendRecord(Type type, std::string_view data, std::vector<v8::Local<v8::Value>>* values) {
  switch (type) {
    case Type::kA:
    case Type::kAaaa:
      values->push_back(AddressText(data));
      return;
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
      values->push_back(NameText(dns_message::ReadName(data)));
      return;
    case Type::kMx: {
      dns_message::Mx mx = dns_message::ReadMx(data);
      values->insert(values->end(), {js::Integer(mx.priority), NameText(mx.exchange)});
      return;
    }
    case Type::kTxt: {
      std::vector<v8::Local<v8::Value>> strings;
      for (std::string_view string : dns_message::ReadTxt(data)) strings.push_back(js::Utf8(string));
      values->push_back(ArrayOf(&strings));
      return;
    }
    case Type::kSrv: {
      dns_message::Srv srv = dns_message::ReadSrv(data);
      values->insert(values->end(),
                     {js::Integer(srv.priority), js::Integer(srv.weight), js::Integer(srv.port), NameText(srv.target)});
      return;
    }
    case Type::kSoa: {
      dns_message::Soa soa = dns_message::ReadSoa(data);
      values->insert(values->end(),
                     {NameText(soa.mname), NameText(soa.rname), js::Integer(soa.serial), js::Integer(soa.refresh),
                      js::Integer(soa.retry), js::Integer(soa.expire), js::Integer(soa.minimum)});
      return;
    }
    case Type::kCaa: {
      dns_message::Caa caa = dns_message::ReadCaa(data);
      values->insert(values->end(), {js::Integer(caa.flags), js::OneByte(caa.tag), js::Utf8(caa.value)});
      return;
    }
    case Type::kOpt:
      break;
  }
  CHECK(!"a type that lib/dns.js asks for");
}

// What a promise gives: [values, ttl, cname], or [code, message]. The cname is left out when it is the text asked for,
// which lib/dns.js has.
struct Values {
  v8::Local<v8::Value> list[3];
  int count = 0;
};

static Values FailureValues(Code code, std::string_view message) {
  Values values;
  values.list[0] = v8::Integer::New(js::isolate(), static_cast<int>(code));
  values.list[1] = js::Utf8(message);
  values.count = 2;
  return values;
}

// `plain_size`: of Question.
static Values ToValues(Type type, const resolver::Reply& reply, size_t plain_size) {
  if (reply.code != Code::kSuccess) return FailureValues(reply.code, reply.message);
  const dns_message::Answer& answer = *reply.answer;
  Values values;
  if (type == Type::kA && answer.records.size() == 1) {
    // Most answers are these.
    v8::Local<v8::Value> address = AddressText(answer.Data(0));
    values.list[0] = v8::Array::New(js::isolate(), &address, 1);
  } else {
    std::vector<v8::Local<v8::Value>> records;
    records.reserve(answer.records.size());
    for (size_t i = 0; i < answer.records.size(); ++i) AppendRecord(type, answer.Data(i), &records);
    values.list[0] = ArrayOf(&records);
  }
  values.list[1] = js::Integer(reply.ttl);
  values.count = 2;
  // One with a domain of the search list behind it would be longer.
  if (answer.aliases == 0 && answer.canonical.wire().size() == plain_size) return values;
  values.list[values.count++] = NameText(answer.canonical);
  return values;
}

static Values ToValues(const host_lookup::Outcome& outcome) {
  if (outcome.addresses.empty()) return FailureValues(outcome.code, outcome.message);
  std::vector<v8::Local<v8::Value>> texts;
  texts.reserve(outcome.addresses.size());
  for (const stream::Address& address : outcome.addresses) texts.push_back(js::OneByte(address.Host()));
  Values values;
  values.list[0] = ArrayOf(&texts);
  values.count = 1;
  return values;
}

// --- Questions under way, by the numbers that lib/dns.js knows them by ---

struct Question : resolver::Client, host_lookup::Waiter {
  void OnReply(resolver::Ticket ticket, const resolver::Reply& reply) override;
  void OnLookup(host_lookup::Ticket ticket, host_lookup::Outcome outcome) override;

  slots::Id id = 0;
  bool open = false;
  Type type = Type::kA;
  // The bytes of the name asked for, as they are in a message, if its text is as Name::ToText() gives it; otherwise 0.
  size_t plain_size = 0;
};

static slots::Table<Question> questions;

static void Tell(Question* question, Values values) {
  v8::Local<v8::Value> arguments[] = {js::Integer(question->id), values.list[0], values.list[1], values.list[2]};
  questions.GiveBack(question);
  js::Call(js::Hook::kDnsReply, values.count + 1, arguments);
}

void Question::OnReply(resolver::Ticket, const resolver::Reply& reply) {
  v8::HandleScope scope(js::isolate());
  Tell(this, ToValues(type, reply, plain_size));
}

void Question::OnLookup(host_lookup::Ticket, host_lookup::Outcome outcome) {
  v8::HandleScope scope(js::isolate());
  Tell(this, ToValues(outcome));
}

// By handle; 0 is the default one.
static std::vector<std::unique_ptr<resolver::Resolver>>& Resolvers() {
  static auto* resolvers = new std::vector<std::unique_ptr<resolver::Resolver>>(1);
  return *resolvers;
}
static std::vector<uint32_t>& FreeHandles() {
  static auto* handles = new std::vector<uint32_t>;
  return *handles;
}

static resolver::Resolver* ResolverOf(v8::Local<v8::Value> handle) {
  uint32_t index = js::Unsigned(handle);
  if (index == 0) return &resolver::Default();
  CHECK(index < Resolvers().size() && Resolvers()[index] != nullptr);
  return Resolvers()[index].get();
}

// To the caller, what is known now; or the number of the question.
static void Answer(const v8::FunctionCallbackInfo<v8::Value>& info, Question* question, std::optional<Values> values) {
  if (!values) return info.GetReturnValue().Set(question->id);
  questions.GiveBack(question);
  info.GetReturnValue().Set(v8::Array::New(js::isolate(), values->list, static_cast<size_t>(values->count)));
}

static Question* TakeQuestion(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Question* question = questions.Take();
  if (question != nullptr) return question;
  Values values = FailureValues(Code::kNoMemory, "a million questions are under way");
  info.GetReturnValue().Set(v8::Array::New(js::isolate(), values.list, 2));
  return nullptr;
}

// --- Functions of the binding ---

// A name from a script: mostly it is ASCII and short, and so read in one pass and without memory.
class NameArgument {
 public:
  explicit NameArgument(v8::Local<v8::Value> value) {
    v8::Local<v8::String> string = value.As<v8::String>();
    const auto size = static_cast<uint32_t>(string->Length());
    unsigned char all = 0x80;
    if (size <= sizeof room_ && string->IsOneByte()) {
      string->WriteOneByteV2(js::isolate(), 0, size, reinterpret_cast<uint8_t*>(room_));
      all = 0;
      for (uint32_t i = 0; i < size; ++i) all |= static_cast<unsigned char>(room_[i]);
    }
    if (all < 0x80) {
      text_ = {room_, size};
    } else {
      other_ = js::ToUtf8(value);
      text_ = other_;
    }
  }
  NameArgument(const NameArgument&) = delete;
  NameArgument& operator=(const NameArgument&) = delete;

  std::string_view text() const { return text_; }
  // As Question::plain_size.
  size_t PlainSize() const {
    for (char c : text_) {
      if (c == '\\' || (c >= 'A' && c <= 'Z')) return 0;
    }
    return text_.size() + 2;  // the first length, and the root's zero
  }

 private:
  char room_[256];
  std::string other_;
  std::string_view text_;
};

// dnsResolve(resolver, name, type): [values, ttl, cname] or [code, message] when that is known now, otherwise the
// number of the question, for which dnsReply is called.
static void Resolve(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Question* question = TakeQuestion(info);
  if (question == nullptr) return;
  question->type = static_cast<Type>(js::Unsigned(info[2]));
  NameArgument name(info[1]);
  question->plain_size = name.PlainSize();
  resolver::Ticket ticket = 0;
  std::optional<resolver::Reply> reply =
      ResolverOf(info[0])->Resolve(question, name.text(), question->type, /*search=*/true, &ticket);
  Answer(info, question, reply ? std::optional(ToValues(question->type, *reply, question->plain_size)) : std::nullopt);
}

// dnsReverse(resolver, address): the same; undefined when that is no address.
static void Reverse(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string text = js::ToUtf8(info[1]);
  in6_addr bytes;
  size_t size = 0;
  bool has_nul = text.find('\0') != std::string::npos;
  if (!has_nul && inet_pton(AF_INET, text.c_str(), &bytes) == 1) size = 4;
  if (!has_nul && inet_pton(AF_INET6, text.c_str(), &bytes) == 1) size = 16;
  if (size == 0) return;
  Question* question = TakeQuestion(info);
  if (question == nullptr) return;
  question->type = Type::kPtr;
  question->plain_size = 0;
  dns_message::Question asked{dns_message::ReverseName({reinterpret_cast<const char*>(&bytes), size}), Type::kPtr};
  resolver::Ticket ticket = 0;
  std::optional<resolver::Reply> reply = ResolverOf(info[0])->Resolve(question, asked, &ticket);
  Answer(info, question, reply ? std::optional(ToValues(Type::kPtr, *reply, 0)) : std::nullopt);
}

// dnsLookup(resolver, name, family, ipv6First): [addresses] or [code, message], or the number of the question.
static void Lookup(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Question* question = TakeQuestion(info);
  if (question == nullptr) return;
  host_lookup::Options options;
  uint32_t family = js::Unsigned(info[2]);
  options.family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : 0;
  options.ipv6_first = info[3]->IsTrue();
  host_lookup::Ticket ticket = 0;
  std::optional<host_lookup::Outcome> outcome =
      host_lookup::Lookup(ResolverOf(info[0]), question, js::ToUtf8(info[1]), 0, options, &ticket);
  Answer(info, question, outcome ? std::optional(ToValues(*outcome)) : std::nullopt);
}

// Throws and gives std::nullopt for what is no list of servers.
static std::optional<std::vector<stream::Address>> ReadServers(v8::Local<v8::Value> value) {
  std::vector<stream::Address> servers;
  if (!value->IsArray()) {
    js::ThrowError("dns: servers must be an array of addresses");
    return std::nullopt;
  }
  v8::Local<v8::Array> array = value.As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> element;
    if (!array->Get(js::context(), i).ToLocal(&element)) return std::nullopt;
    std::string text = element->IsString() ? js::ToUtf8(element) : "";
    std::optional<stream::Address> server = resolver_config::ParseServer(text);
    if (!server) {
      js::ThrowError("dns: servers[" + std::to_string(i) + "]: no address, or no port from 1 to 65535: \"" + text +
                     "\"");
      return std::nullopt;
    }
    servers.push_back(*server);
  }
  if (servers.empty()) {
    js::ThrowError("dns: servers must not be empty");
    return std::nullopt;
  }
  return servers;
}

// What lib/dns.js has checked: undefined, or a number, boolean or array of strings.
static v8::Local<v8::Value> Property(v8::Local<v8::Value> object, const char* name) {
  v8::Local<v8::Value> value;
  CHECK(object.As<v8::Object>()->Get(js::context(), js::OneByte(name)).ToLocal(&value));
  return value;
}

template <typename Number>
static void ReadNumber(v8::Local<v8::Value> options, const char* name, std::optional<Number>* setting) {
  v8::Local<v8::Value> value = Property(options, name);
  if (value->IsNumber()) *setting = static_cast<Number>(value.As<v8::Number>()->Value());
}

static void ReadBoolean(v8::Local<v8::Value> options, const char* name, std::optional<bool>* setting) {
  v8::Local<v8::Value> value = Property(options, name);
  if (value->IsBoolean()) *setting = value->IsTrue();
}

// dnsCreate(options): the handle of a new resolver; throws.
static void Create(const v8::FunctionCallbackInfo<v8::Value>& info) {
  resolver::Options options;
  v8::Local<v8::Value> servers = Property(info[0], "servers");
  if (!servers->IsUndefined()) {
    options.servers = ReadServers(servers);
    if (!options.servers) return;
  }
  v8::Local<v8::Value> search = Property(info[0], "search");
  if (search->IsArray()) {
    options.search.emplace();
    v8::Local<v8::Array> array = search.As<v8::Array>();
    for (uint32_t i = 0; i < array->Length(); ++i) {
      std::string domain = js::ToUtf8(array->Get(js::context(), i).ToLocalChecked());
      dns_message::Name name;
      if (const char* fault = dns_message::ParseName(domain, &name)) {
        return js::ThrowError("Resolver: search[" + std::to_string(i) + "]: \"" + domain + "\" is no domain: " + fault);
      }
      options.search->push_back(std::move(domain));
    }
  }
  ReadNumber(info[0], "ndots", &options.ndots);
  ReadNumber(info[0], "timeoutMs", &options.timeout_ms);
  ReadNumber(info[0], "attempts", &options.attempts);
  ReadNumber(info[0], "totalMs", &options.total_ms);
  ReadNumber(info[0], "udpSize", &options.udp_size);
  ReadBoolean(info[0], "rotate", &options.rotate);
  ReadBoolean(info[0], "tcp", &options.use_tcp);
  ReadBoolean(info[0], "mixCase", &options.mix_case);
  std::optional<uint32_t> entries;
  ReadNumber(info[0], "cache", &entries);
  if (entries) options.cache_entries = *entries;
  uint32_t handle = static_cast<uint32_t>(Resolvers().size());
  if (FreeHandles().empty()) {
    Resolvers().emplace_back();
  } else {
    handle = FreeHandles().back();
    FreeHandles().pop_back();
  }
  Resolvers()[handle] = std::make_unique<resolver::Resolver>(std::move(options));
  info.GetReturnValue().Set(handle);
}

// dnsDestroy(resolver): nobody has it any more, and nothing is under way.
static void Destroy(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  CHECK(handle > 0 && handle < Resolvers().size() && Resolvers()[handle] != nullptr);
  Resolvers()[handle].reset();
  FreeHandles().push_back(handle);
}

// dnsServers(resolver): an array of texts.
static void Servers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::vector<v8::Local<v8::Value>> texts;
  for (const stream::Address& server : ResolverOf(info[0])->servers()) {
    texts.push_back(js::OneByte(server.ToString()));
  }
  info.GetReturnValue().Set(ArrayOf(&texts));
}

// dnsSetServers(resolver, servers): throws; undefined for those of the system.
static void SetServers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<std::vector<stream::Address>> servers;
  if (!info[1]->IsUndefined()) {
    servers = ReadServers(info[1]);
    if (!servers) return;
  }
  ResolverOf(info[0])->SetServers(std::move(servers));
}

// dnsClearCache(resolver)
static void ClearCache(const v8::FunctionCallbackInfo<v8::Value>& info) { ResolverOf(info[0])->ClearCache(); }

// dnsCacheSize(resolver): entries.
static void CacheSize(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(static_cast<uint32_t>(ResolverOf(info[0])->cache_size()));
}

static constexpr js::Function kFunctions[] = {
    {"dnsResolve", Resolve},       {"dnsReverse", Reverse},       {"dnsLookup", Lookup},
    {"dnsCreate", Create},         {"dnsDestroy", Destroy},       {"dnsServers", Servers},
    {"dnsSetServers", SetServers}, {"dnsClearCache", ClearCache}, {"dnsCacheSize", CacheSize},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_dns
