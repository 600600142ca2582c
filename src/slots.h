// Numbered places for records, named by small integers that a stale holder cannot mistake.
//
// A name is the place and its generation, which changes with each record that takes the place. It comes round after
// 1,024 of them: what outlives its record for so long must compare something else besides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace node::slots {

// Place in bits 0..19, generation in bits 20..29: a small integer in JavaScript.
using Id = uint32_t;
inline constexpr uint32_t kPlaceBits = 20;
inline constexpr uint32_t kPlaceMask = (1u << kPlaceBits) - 1;

// A place in tables beside this one: small, and of one open record at a time.
inline uint32_t PlaceOf(Id id) { return id & kPlaceMask; }

// `Record` has members `Id id` and `bool open`, which belong to the table. Its address stays good until Trim().
template <typename Record>
class Table {
 public:
  // An open record with a new name, otherwise as its last user has left it or, behind Trim(), as new; nullptr when all
  // 2^20 places are taken.
  Record* Take() {
    if (free_.empty()) {
      if (records_.size() > kPlaceMask) return nullptr;
      records_.push_back(std::make_unique<Record>());
      records_.back()->id = static_cast<Id>(records_.size() - 1);
      free_.push_back(records_.back()->id);
    }
    const uint32_t place = free_.back();
    free_.pop_back();
    Record* record = records_[place].get();
    if (record == nullptr) {
      records_[place] = std::make_unique<Record>();
      record = records_[place].get();
      record->id = names_[place];
    }
    Id generation = ((record->id >> kPlaceBits) + 1) & kGenerationMask;
    record->id = (generation << kPlaceBits) | (record->id & kPlaceMask);
    record->open = true;
    return record;
  }

  // The open record of that name, or nullptr.
  Record* Find(Id id) const {
    size_t place = id & kPlaceMask;
    if (place >= records_.size()) return nullptr;
    Record* record = records_[place].get();
    return record != nullptr && record->open && record->id == id ? record : nullptr;
  }

  // Its name is nobody's from now on.
  void GiveBack(Record* record) {
    record->open = false;
    free_.push_back(record->id & kPlaceMask);
  }

  // All places, their records open or not, nullptr behind Trim(); they may be taken and given back meanwhile.
  size_t size() const { return records_.size(); }
  Record* at(size_t index) const { return records_[index].get(); }

  // Whether a crowd has left so many records behind that Trim() is worth while.
  bool Crowded() const { return free_.size() >= kCrowd && free_.size() / 4 * 3 > records_.size() - free_.size(); }

  // Frees the records that are not open; `last_look` is called for each. Only where nobody has the address of one.
  template <typename LastLook>
  void Trim(LastLook last_look) {
    names_.resize(records_.size());
    for (size_t place = 0; place < records_.size(); ++place) {
      const Record* record = records_[place].get();
      if (record == nullptr || record->open) continue;
      names_[place] = record->id;
      last_look(*record);
      records_[place].reset();
    }
  }

 private:
  static constexpr uint32_t kGenerationMask = 0x3ff;
  static constexpr size_t kCrowd = 1024;

  std::vector<std::unique_ptr<Record>> records_;
  std::vector<uint32_t> free_;
  std::vector<Id> names_;  // of records that Trim() has freed
};

}  // namespace node::slots
