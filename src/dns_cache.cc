#include "dns_cache.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace node::dns_cache {

using dns_message::Answer;
using dns_message::Outcome;
using dns_message::Question;
using dns_message::Slice;

uint64_t Cache::Hash(const Question& question) const {
  return question.name.Hash(seed_ + static_cast<uint64_t>(question.type));
}

Cache::Entry* Cache::Look(const Question& question, uint64_t hash) const {
  const std::string_view name = question.name.wire();
  return table_.Find(hash, [&](const Entry& entry) {
    return entry.type == question.type && std::string_view(entry.packed).substr(0, entry.name_size) == name;
  });
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

void Cache::Drop(Entry* entry) {
  TakeOut(entry);
  table_.Remove(entry);
  bytes_ -= entry->Cost();
  delete entry;
}

void Cache::Clear() {
  while (oldest_ != nullptr) Drop(oldest_);
}

const Answer* Cache::Find(const Question& question, uint64_t hash, double now_ms) {
  Entry* entry = Look(question, hash);
  if (entry == nullptr) {
    // The answer will put the oldest out, whose memory is cold by then.
    if (oldest_ != nullptr && table_.size() >= max_entries_) table_.Prefetch(oldest_->hash);
    return nullptr;
  }
  if (now_ms >= entry->expires_ms) {
    Drop(entry);
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
  const char* at = entry->packed.data() + entry->name_size;
  answer_.canonical = question.name;
  if (entry->canonical_size > 0) answer_.canonical = dns_message::ReadName({at, entry->canonical_size});
  at += entry->canonical_size;
  answer_.records.resize(entry->records);
  if (entry->records > 0) std::memcpy(answer_.records.data(), at, entry->records * sizeof(Slice));
  at += entry->records * sizeof(Slice);
  answer_.data.assign(at, static_cast<size_t>(entry->packed.data() + entry->packed.size() - at));
  return &answer_;
}

void Cache::Store(const Question& question, uint64_t hash, const Answer& answer, double now_ms) {
  if (Entry* old = Look(question, hash)) Drop(old);
  const bool negative = answer.outcome == Outcome::kNoData || answer.outcome == Outcome::kNameError;
  if (answer.ttl == 0 || !(negative || answer.outcome == Outcome::kAnswer)) return;
  const std::string_view name = question.name.wire(), canonical = answer.canonical.wire();
  const size_t records = answer.records.size() * sizeof(Slice);
  const size_t size = name.size() + canonical.size() + records + answer.data.size();
  if (max_entries_ == 0 || size > max_bytes_ / 8) return;

  auto* entry = new Entry;
  entry->hash = hash;
  const uint32_t most = negative ? kMaxNegativeTtl : dns_message::kMaxTtl;
  entry->expires_ms = now_ms + 1e3 * std::min(answer.ttl, most);
  entry->records = static_cast<uint32_t>(answer.records.size());
  entry->rcode = answer.rcode;
  entry->type = question.type;
  entry->outcome = answer.outcome;
  entry->aliases = answer.aliases;
  entry->name_size = static_cast<uint8_t>(name.size());
  entry->canonical_size = canonical == name ? 0 : static_cast<uint8_t>(canonical.size());
  entry->packed.reserve(size);
  entry->packed += name;
  if (entry->canonical_size > 0) entry->packed += canonical;
  entry->packed.append(reinterpret_cast<const char*>(answer.records.data()), records);
  entry->packed += answer.data;
  table_.Insert(entry);
  PutFirst(entry);
  bytes_ += entry->Cost();
  while (table_.size() > max_entries_ || bytes_ > max_bytes_) Drop(oldest_);
  // The next to go.
  __builtin_prefetch(oldest_);
}

}  // namespace node::dns_cache
