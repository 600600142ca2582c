// Queries in flight on one socket or connection, by the id that their answers will have.
//
// Intrusive: a query that leaves and one that comes cost no memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base.h"
#include "entropy.h"

namespace node::dns_flights {

class Flights;

// A query, embedded in its owner's record.
struct Flight {
  Flight* next_flight = nullptr;  // of those with the same low bits
  Flights* among = nullptr;       // where it is; nullptr: not in flight
  uint16_t message_id = 0;
  bool waits = false;  // for a connection of its own
  uint32_t turn = 0;   // its place among those that wait
  uint64_t group = 0;  // of dns_udp: those it has left together with in one message; 0: none
};

// What carries queries calls their owner. All calls come from the loop or from a Flush(); those that do not say
// otherwise may start and cancel queries and destroy the carrier.
class Owner {
 public:
  virtual ~Owner() = default;
  // Writes the query, with its id, to `out`, which has dns_message::kQueryRoom bytes; returns how many. Calls nobody.
  virtual size_t Write(Flight* flight, char* out) = 0;
  // A message with the query's id has come from the server. False, without having called anybody, when it is no answer
  // to it, and the query goes on; otherwise the owner has cancelled it.
  virtual bool OnMessage(Flight* flight, std::string_view message) = 0;
  // The query has waited for a connection, and is on its way now. Calls nobody.
  virtual void OnSent(Flight* flight) = 0;
  // It is not in flight any more, because of `error`. `again`: a new connection may do better.
  virtual void OnLost(Flight* flight, const base::Error& error, bool again) = 0;
  // It is not in flight any more: too much has come from the server's address that nobody has asked for.
  virtual void OnFlood(Flight* flight) = 0;
};

class Flights {
 public:
  // Ids are hard to guess and quickly found as long as most of them are not in use.
  static constexpr size_t kMost = 16384;

  Flights() = default;
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  size_t size() const { return size_; }
  // Whether it takes no more.
  bool full() const { return size_ >= kMost; }

  // Takes it in under a random id that no other has; not when full.
  void Add(Flight* flight) {
    CHECK(flight->among == nullptr && !full());
    do {
      flight->message_id = entropy::Bits16();
    } while (Find(flight->message_id) != nullptr);
    Flight** bucket = BucketOf(flight->message_id);
    flight->next_flight = *bucket;
    *bucket = flight;
    flight->among = this;
    ++size_;
  }

  // The one with that id; nullptr when there is none.
  Flight* Find(uint16_t message_id) {
    Flight* flight = *BucketOf(message_id);
    while (flight != nullptr && flight->message_id != message_id) flight = flight->next_flight;
    return flight;
  }

  // Takes it out; it must be in.
  void Remove(Flight* flight) {
    CHECK(flight->among == this);
    Flight** link = BucketOf(flight->message_id);
    while (*link != flight) link = &(*link)->next_flight;
    *link = flight->next_flight;
    flight->next_flight = nullptr;
    flight->among = nullptr;
    --size_;
  }

  // Any of them; nullptr when there is none.
  Flight* First() {
    if (size_ == 0) return nullptr;
    for (Flight* flight : buckets_) {
      if (flight != nullptr) return flight;
    }
    CHECK(!"flights are counted wrong");
    return nullptr;
  }

 private:
  static constexpr size_t kBuckets = 128;
  Flight** BucketOf(uint16_t message_id) { return &buckets_[message_id % kBuckets]; }

  Flight* buckets_[kBuckets] = {};
  size_t size_ = 0;
};

}  // namespace node::dns_flights
