#include "dns_cache.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace node::dns_cache {

using dns_message::Answer;
using dns_message::Outcome;
using dns_message::Question;
using dns_message::Slice;
using dns_message::Type;

// Packed, in one piece of memory: an answer as Find() gives it has 600 bytes of its own.
struct Cache::Entry {
  uint64_t hash = 0;
  Entry *newer = nullptr, *older = nullptr;
  double expires_ms = 0;
  uint32_t room = 0;  // bytes behind the entry
  uint32_t size =
      0;  // of them in use: the name, the canonical one unless it is the same, places of records, their data
  uint32_t records = 0;
  uint16_t rcode = 0;
  Type type = Type::kA;
  Outcome outcome = Outcome::kBroken;
  uint8_t name_size = 0, canonical_size = 0, aliases = 0;

  char* packed() { return reinterpret_cast<char*>(this + 1); }
  std::string_view name() { return {packed(), name_size}; }
  size_t Cost() const { return sizeof *this + room + kOverhead; }
  static constexpr size_t kOverhead = 48;  // of an allocation, and a place in the table
};

// Places are some more than entries, up to 3 of 4 in use; always a power of two.
static constexpr size_t kLeastSlots = 16;
// Entries have multiples of so many bytes, so that one fits where another was.
static constexpr size_t kGrain = 64;
// Memory that is worth to be kept for the next entry; most take 128 bytes.
static constexpr size_t kMostSpare = 512;

Cache::~Cache() { Clear(); }

uint64_t Cache::Hash(const Question& question) const {
  return question.name.Hash(seed_ + static_cast<uint64_t>(question.type));
}

// --- The table ---

Cache::Slot* Cache::Look(std::string_view name, Type type, uint64_t hash) {
  if (size_ == 0) return nullptr;
  for (size_t i = Home(hash); slots_[i].entry != nullptr; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i].hash != hash) continue;
    Entry* entry = slots_[i].entry;
    if (entry->type == type && entry->name() == name) return &slots_[i];
  }
  return nullptr;
}

void Cache::Resize(size_t count) {
  std::vector<Slot> old(count);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.entry == nullptr) continue;
    size_t i = Home(slot.hash);
    while (slots_[i].entry != nullptr) i = (i + 1) & (count - 1);
    slots_[i] = slot;
  }
}

void Cache::Insert(Entry* entry) {
  if ((size_ + 1) * 4 > slots_.size() * 3) Resize(slots_.empty() ? kLeastSlots : slots_.size() * 2);
  ++size_;
  size_t i = Home(entry->hash);
  while (slots_[i].entry != nullptr) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = {entry->hash, entry};
}

void Cache::TakeOut(Entry* entry) {
  (entry->newer != nullptr ? entry->newer->older : newest_) = entry->older;
  (entry->older != nullptr ? entry->older->newer : oldest_) = entry->newer;
}

void Cache::PutFirst(Entry* entry) {
  entry->newer = nullptr;
  entry->older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = entry;
  newest_ = entry;
}

void Cache::Drop(Slot* slot) {
  Entry* entry = slot->entry;
  TakeOut(entry);
  bytes_ -= entry->Cost();
  --size_;
  // Those behind it move up, unless they are where they belong.
  const size_t mask = slots_.size() - 1;
  size_t hole = static_cast<size_t>(slot - slots_.data());
  for (size_t i = (hole + 1) & mask; slots_[i].entry != nullptr; i = (i + 1) & mask) {
    if (((i - Home(slots_[i].hash)) & mask) < ((i - hole) & mask)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = Slot();
  // A crowd has gone: it need not be remembered.
  if (slots_.size() > kLeastSlots && size_ < slots_.size() / 8) Resize(slots_.size() / 2);
  const bool keep = spare_ == nullptr && entry->room <= kMostSpare;
  if (keep) {
    spare_ = entry;
  } else {
    ::operator delete(entry);
  }
}

void Cache::DropOldest() {
  size_t i = Home(oldest_->hash);
  while (slots_[i].entry != oldest_) i = (i + 1) & (slots_.size() - 1);
  Drop(&slots_[i]);
}

// With room for so many bytes.
Cache::Entry* Cache::NewEntry(size_t size) {
  const size_t whole = (sizeof(Entry) + size + kGrain - 1) / kGrain * kGrain;
  const size_t room = whole - sizeof(Entry);
  void* memory = nullptr;
  if (spare_ != nullptr && spare_->room == room) {
    memory = std::exchange(spare_, nullptr);
  } else {
    memory = ::operator new(whole);
  }
  auto* entry = new (memory) Entry;
  entry->room = static_cast<uint32_t>(room);
  entry->size = static_cast<uint32_t>(size);
  return entry;
}

// --- What others call ---

void Cache::Clear() {
  while (oldest_ != nullptr) DropOldest();
  ::operator delete(std::exchange(spare_, nullptr));
}

const Answer* Cache::Find(const Question& question, uint64_t hash, double now_ms) {
  Slot* slot = Look(question.name.wire(), question.type, hash);
  if (slot == nullptr) {
    // The answer will put the oldest out, whose memory is cold by then.
    if (oldest_ != nullptr && size_ >= max_entries_) Prefetch(oldest_->hash);
    return nullptr;
  }
  Entry* entry = slot->entry;
  if (now_ms >= entry->expires_ms) {
    Drop(slot);
    return nullptr;
  }
  if (entry != newest_) {
    TakeOut(entry);
    PutFirst(entry);
  }
  answer_.outcome = entry->outcome;
  answer_.rcode = entry->rcode;
  answer_.aliases = entry->aliases;
  answer_.ttl = static_cast<uint32_t>((entry->expires_ms - now_ms) / 1e3);
  const char* at = entry->packed() + entry->name_size;
  answer_.canonical = question.name;
  if (entry->canonical_size > 0) answer_.canonical = dns_message::ReadName({at, entry->canonical_size});
  at += entry->canonical_size;
  answer_.records.resize(entry->records);
  if (entry->records > 0) std::memcpy(answer_.records.data(), at, entry->records * sizeof(Slice));
  at += entry->records * sizeof(Slice);
  answer_.data.assign(at, static_cast<size_t>(entry->packed() + entry->size - at));
  return &answer_;
}

void Cache::Store(std::string_view name, Type type, uint64_t hash, const Answer& answer, double now_ms) {
  if (Slot* old = Look(name, type, hash)) Drop(old);
  const bool negative = answer.outcome == Outcome::kNoData || answer.outcome == Outcome::kNameError;
  if (answer.ttl == 0 || !(negative || answer.outcome == Outcome::kAnswer)) return;
  std::string_view canonical = answer.canonical.wire();
  if (canonical == name) canonical = {};
  const size_t records = answer.records.size() * sizeof(Slice);
  const size_t size = name.size() + canonical.size() + records + answer.data.size();
  if (max_entries_ == 0 || size > max_bytes_ / 8) return;
  // Before the new one is made, which so gets its memory.
  if (size_ >= max_entries_) DropOldest();

  Entry* entry = NewEntry(size);
  entry->hash = hash;
  const uint32_t most = negative ? kMaxNegativeTtl : dns_message::kMaxTtl;
  entry->expires_ms = now_ms + 1e3 * std::min(answer.ttl, most);
  entry->records = static_cast<uint32_t>(answer.records.size());
  entry->rcode = answer.rcode;
  entry->type = type;
  entry->outcome = answer.outcome;
  entry->aliases = answer.aliases;
  entry->name_size = static_cast<uint8_t>(name.size());
  entry->canonical_size = static_cast<uint8_t>(canonical.size());
  char* at = entry->packed();
  auto append = [&at](const void* bytes, size_t count) {
    if (count > 0) std::memcpy(at, bytes, count);
    at += count;
  };
  append(name.data(), name.size());
  append(canonical.data(), canonical.size());
  append(answer.records.data(), records);
  append(answer.data.data(), answer.data.size());
  Insert(entry);
  PutFirst(entry);
  bytes_ += entry->Cost();
  while (bytes_ > max_bytes_) DropOldest();
  // The next to go.
  __builtin_prefetch(oldest_);
  if (oldest_ != nullptr) __builtin_prefetch(oldest_->packed());
}

}  // namespace node::dns_cache
