// Answers of DNS that may be given again: RFC 1035, 7.4 and RFC 2308.
//
// Knows no clock: time is what it is told, and must not go back. Bounded in entries and in bytes; what was not asked
// for the longest time leaves first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dns_message.h"

namespace node::dns_cache {

// Seconds that a negative answer is believed at most: RFC 2308, 5 has "one to three hours". That of others is cut by
// dns_message::kMaxTtl.
inline constexpr uint32_t kMaxNegativeTtl = 10800;

class Cache {
 public:
  // `max_entries`, `max_bytes`: what it holds at most; one answer takes an eighth of the bytes at most. 0 of either:
  // nothing. `seed`: random, so that nobody can choose names that make it slow.
  Cache(size_t max_entries, size_t max_bytes, uint64_t seed)
      : max_entries_(max_entries), max_bytes_(max_bytes), seed_(seed) {}
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache();

  // Of a question whose name is in lower case, as all here: what Find() and Store() want of it.
  uint64_t Hash(const dns_message::Question& question) const;

  // What was stored for the question and still holds, with `ttl` as the seconds that are left, rounded down; nullptr
  // when there is nothing. It lasts until the next call of the cache.
  const dns_message::Answer* Find(const dns_message::Question& question, uint64_t hash, double now_ms);

  // Keeps a kAnswer, kNoData or kNameError for its ttl; not when that is 0 or it is too big. What was stored before for
  // the question goes.
  // `name`: as bytes, of the question.
  void Store(std::string_view name, dns_message::Type type, uint64_t hash, const dns_message::Answer& answer,
             double now_ms);
  // Has the processor fetch what Find() of that hash will look at.
  void Prefetch(uint64_t hash) const {
    if (size_ > 0) __builtin_prefetch(static_cast<const void*>(&slots_[Home(hash)]));
  }

  // Drops all.
  void Clear();

  size_t size() const { return size_; }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry;
  // A table with open addressing: whoever is not found costs one line of the processor's cache, as no entry is looked
  // at whose hash is another.
  struct Slot {
    uint64_t hash = 0;
    Entry* entry = nullptr;  // nullptr: free
  };

  size_t Home(uint64_t hash) const { return hash & (slots_.size() - 1); }
  Slot* Look(std::string_view name, dns_message::Type type, uint64_t hash);
  void Insert(Entry* entry);
  void Resize(size_t count);
  void Drop(Slot* slot);
  void DropOldest();
  Entry* NewEntry(size_t size);
  void PutFirst(Entry* entry);
  void TakeOut(Entry* entry);

  std::vector<Slot> slots_;
  size_t size_ = 0;
  Entry *newest_ = nullptr, *oldest_ = nullptr;
  Entry* spare_ = nullptr;  // the memory of one that has left, for the next
  size_t bytes_ = 0;
  size_t max_entries_, max_bytes_;
  uint64_t seed_;
  dns_message::Answer answer_;  // what Find() has given
};

}  // namespace node::dns_cache
