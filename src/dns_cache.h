// Answers of DNS that may be given again: RFC 1035, 7.4 and RFC 2308.
//
// Knows no clock: time is what it is told, and must not go back. Bounded in entries and in bytes; what was not asked
// for the longest time leaves first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "chains.h"
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
  ~Cache() { Clear(); }

  // Of a question whose name is in lower case, as all here: what Find() and Store() want of it.
  uint64_t Hash(const dns_message::Question& question) const;

  // What was stored for the question and still holds, with `ttl` as the seconds that are left, rounded down; nullptr
  // when there is nothing. It lasts until the next call of the cache.
  const dns_message::Answer* Find(const dns_message::Question& question, uint64_t hash, double now_ms);

  // Keeps a kAnswer, kNoData or kNameError for its ttl; not when that is 0 or it is too big. What was stored before for
  // the question goes.
  void Store(const dns_message::Question& question, uint64_t hash, const dns_message::Answer& answer, double now_ms);

  // Drops all.
  void Clear();

  size_t size() const { return table_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  // Packed: an answer as Find() gives it has 600 bytes of its own.
  struct Entry {
    Entry* next = nullptr;
    uint64_t hash = 0;
    Entry *newer = nullptr, *older = nullptr;
    double expires_ms = 0;
    std::string packed;  // the name, the canonical one unless it is the same, places of records, their data
    uint32_t records = 0;
    uint16_t rcode = 0;
    dns_message::Type type = dns_message::Type::kA;
    dns_message::Outcome outcome = dns_message::Outcome::kBroken;
    uint8_t name_size = 0, canonical_size = 0, aliases = 0;
    size_t Cost() const { return sizeof *this + packed.capacity() + kOverhead; }
    static constexpr size_t kOverhead = 40;  // of two allocations, and a place in the table
  };

  Entry* Look(const dns_message::Question& question, uint64_t hash) const;
  void Drop(Entry* entry);
  void PutFirst(Entry* entry);
  void TakeOut(Entry* entry);

  chains::Table<Entry, &Entry::next, &Entry::hash> table_;
  Entry *newest_ = nullptr, *oldest_ = nullptr;
  size_t bytes_ = 0;
  size_t max_entries_, max_bytes_;
  uint64_t seed_;
  dns_message::Answer answer_;  // what Find() has given
};

}  // namespace node::dns_cache
