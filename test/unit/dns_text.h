// DNS messages as text: what golden cases (test/golden/dns) are written in, and what is read of a message, as lines.
//
// A message is written as it lies in memory, blanks between its parts; `;` begins a comment.
//
//   1234 8180 0001      bytes, in hexadecimal
//   "www" "com" .       labels: each behind its length; "." is the root's zero
//   'www'               bytes without a length
//   A AAAA NS IN ...    a type or class, 16 bits
//   u8=5 u16=5 u32=5    numbers
//   { ... }             16 bits that say how long what stands between is, and that; {+1 and {-1 lie
//   end: @end @end+2    a mark, and pointers to it, or past it; @12 points to an offset
//   3*( ... )           three times; $ in quotes is the letter of the turn, from "a" on, $+ that of the next turn
//
// In quotes the escapes of golden.h are known: \{63 x} is 63 times x.
//
// What is read of it:
//
//   match yes
//   answer: ttl 300, canonical www.example.com, 1 alias
//   A 192.0.2.1
#pragma once

#include <string>
#include <string_view>

#include "dns_message.h"

namespace node::dns_text {

inline constexpr uint16_t kId = 0x1234;  // of all queries

// The bytes that the text of a message stands for. Ends the program with a message on text that is not well-formed.
std::string Assemble(std::string_view text);

// The question of "NAME TYPE".
dns_message::Question ParseQuestion(std::string_view text);

// What a query's sender and reader are told of a message. Aborts when what comes out is not as dns_message.h says,
// whatever the bytes: offsets, bounds, names that cannot be written and read again.
std::string Show(std::string_view message, const dns_message::Question& question, bool over_tcp);

// The same without what MatchAnswer() says.
std::string ShowAnswer(std::string_view message, const dns_message::Question& question, bool over_tcp);

// Aborts, and says what is wrong.
void Demand(bool holds, const char* what);

}  // namespace node::dns_text
