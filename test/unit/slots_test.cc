#include "slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace node::slots {

struct Record {
  Id id = 0;
  bool open = false;
  int content = 0;
};

TEST(Slots, ARecordIsFoundByItsNameWhileItIsOpen) {
  Table<Record> table;
  EXPECT_EQ(table.Find(0), nullptr);
  Record* one = table.Take();
  Record* two = table.Take();
  EXPECT_NE(one->id, two->id);
  EXPECT_EQ(table.Find(one->id), one);
  EXPECT_EQ(table.Find(two->id), two);
  table.GiveBack(one);
  EXPECT_EQ(table.Find(one->id), nullptr);
  EXPECT_EQ(table.Find(two->id), two);
}

TEST(Slots, APlaceIsUsedAgainUnderAnotherNameAndKeepsItsContent) {
  Table<Record> table;
  Record* record = table.Take();
  Id stale = record->id;
  record->content = 7;
  table.GiveBack(record);
  EXPECT_EQ(table.Take(), record);
  EXPECT_EQ(record->content, 7);
  EXPECT_NE(record->id, stale);
  EXPECT_EQ(table.Find(stale), nullptr);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.at(0), record);
}

TEST(Slots, NamesComeRoundAfter1024Records) {
  Table<Record> table;
  Record* record = table.Take();
  Id first = record->id;
  for (int i = 1; i < 1024; ++i) {
    table.GiveBack(record);
    ASSERT_EQ(table.Take(), record);
    ASSERT_NE(record->id, first) << i;
  }
  table.GiveBack(record);
  table.Take();
  EXPECT_EQ(record->id, first);
  EXPECT_LT(record->id, 1u << 30);  // a small integer in JavaScript
}

TEST(Slots, AMillionPlacesAndNoMore) {
  Table<Record> table;
  for (uint32_t i = 0; i < 1u << 20; ++i) ASSERT_NE(table.Take(), nullptr);
  EXPECT_EQ(table.Take(), nullptr);
  EXPECT_EQ(table.Find(0x3fffffff), nullptr);
  table.GiveBack(table.at(5));
  EXPECT_EQ(table.Take(), table.at(5));
}

TEST(Slots, TrimmingFreesWhatIsNotOpenAndNoNameComesAgain) {
  Table<Record> table;
  std::vector<Record*> records;
  for (int i = 0; i < 2000; ++i) records.push_back(table.Take());
  Record* kept = records[1234];
  EXPECT_FALSE(table.Crowded());
  std::vector<Id> names;
  for (Record* record : records) {
    names.push_back(record->id);
    record->content = 1;
    if (record != kept) table.GiveBack(record);
  }
  EXPECT_TRUE(table.Crowded());
  int seen = 0;
  table.Trim([&seen](const Record& record) { seen += record.content; });
  EXPECT_EQ(seen, 1999);
  EXPECT_EQ(table.Find(kept->id), kept);
  for (Id name : names) {
    if (name != kept->id) EXPECT_EQ(table.Find(name), nullptr);
  }
  table.Trim([&seen](const Record&) { ++seen; });
  EXPECT_EQ(seen, 1999);
  for (int i = 1; i < 2000; ++i) {
    Record* record = table.Take();
    EXPECT_EQ(record->content, 0);
    EXPECT_EQ(std::count(names.begin(), names.end(), record->id), 0);
  }
  EXPECT_EQ(table.size(), 2000u);
}

}  // namespace node::slots
