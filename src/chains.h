// A hash table of records that are linked through themselves: what comes and goes costs no memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base.h"

namespace node::chains {

// `kNext` and `kHash` are the members of Record that belong to the table while the record is in it; a record may be in
// several tables by other members. Hashes are mixed well, or count up: the low bits choose the chain.
template <typename Record, Record* Record::* kNext, uint64_t Record::* kHash>
class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  size_t size() const { return size_; }

  // The record of that hash for which same(record) holds; nullptr when there is none.
  template <typename Same>
  Record* Find(uint64_t hash, Same same) const {
    if (size_ == 0) return nullptr;
    Record* record = buckets_[hash & (buckets_.size() - 1)];
    while (record != nullptr && !(record->*kHash == hash && same(*record))) record = record->*kNext;
    return record;
  }

  // Takes it in by its hash. The record belongs to its owner, and stays where it is.
  void Insert(Record* record) {
    if (size_ >= buckets_.size()) Resize(buckets_.empty() ? kLeast : buckets_.size() * 2);
    ++size_;
    Link(record);
  }

  // Takes it out; it must be in.
  void Remove(Record* record) {
    CHECK(size_ > 0);
    Record** link = &buckets_[record->*kHash & (buckets_.size() - 1)];
    while (*link != record) {
      CHECK(*link != nullptr);
      link = &((*link)->*kNext);
    }
    *link = record->*kNext;
    record->*kNext = nullptr;
    --size_;
    // A crowd has gone: it need not be remembered.
    if (buckets_.size() > kLeast && size_ < buckets_.size() / 8) Resize(buckets_.size() / 2);
  }

  // Takes all of them out and calls each(record), which may do anything but with this table.
  template <typename Each>
  void TakeAll(Each each) {
    for (Record*& first : buckets_) {
      while (first != nullptr) {
        Record* record = first;
        first = record->*kNext;
        record->*kNext = nullptr;
        each(record);
      }
    }
    buckets_.clear();
    size_ = 0;
  }

 private:
  static constexpr size_t kLeast = 16;  // buckets; always a power of two

  void Link(Record* record) {
    Record*& first = buckets_[record->*kHash & (buckets_.size() - 1)];
    record->*kNext = first;
    first = record;
  }

  void Resize(size_t count) {
    std::vector<Record*> old(count, nullptr);
    old.swap(buckets_);
    for (Record* record : old) {
      while (record != nullptr) {
        Record* next = record->*kNext;
        Link(record);
        record = next;
      }
    }
  }

  std::vector<Record*> buckets_;
  size_t size_ = 0;
};

}  // namespace node::chains
