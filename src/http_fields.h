// Field lines: one grammar and one reading of framing and connection fields, for every kind of head.
//
// Requests and responses use the same machine, so that no second grammar can
// come to differ from the first.
#pragma once

#include <cstdint>
#include <string_view>

#include "http_parser.h"

namespace node::http_fields {

// The bytes of a head that may be looked at: the limit, and what offsets of 16 bits can name. Never less than what was
// looked at, should somebody lower the limit in the middle of a head.
uint32_t Room(const http_parser::Limits& limits, const http_parser::FieldState& state);

// Reads the field lines of a head into its table, and what they mean into `state`, from where `state` stands up to
// the end of the head (kComplete) or of `window`, which begins with the head's first byte. The head's minor_version
// is known already.
http_parser::Outcome Read(std::string_view window, const http_parser::Limits& limits, http_parser::FieldState* state,
                          http_parser::RequestHead* head, http_parser::Refusal* refusal);
http_parser::Outcome Read(std::string_view window, const http_parser::Limits& limits, http_parser::FieldState* state,
                          http_parser::ResponseHead* head, http_parser::Refusal* refusal);

// What is wrong with a byte that cannot stand where it does: at the start of a line, behind a name, in a value.
const char* BadLineStart(char byte);
const char* BadNameEnd(char byte);
const char* BadValueByte(char byte);

// The value of the first field of that name (lower case; RFC 9110, 5.1: that of the field does not matter) in a whole
// head that Read() has accepted, its first line included, without the blanks around it. A view of `head`; data() is
// nullptr when there is none.
std::string_view FindField(std::string_view head, std::string_view name);

// RFC 9112, 9.3.
bool KeepsAlive(const http_parser::FieldMeaning& meaning, uint8_t minor_version);

// The largest length we deal in: what follows can count in signed 64 bits without a thought.
inline constexpr uint64_t kMaxLength = (uint64_t{1} << 63) - 1;

// Takes the next member off a comma list (RFC 9110, 5.6.1), without the blanks around it; it may be empty. False when
// the list is used up. An empty list has one empty member. Quoted strings are not known: no list that is read here
// may have them.
struct MemberList {
  std::string_view rest;
  bool done = false;
};
bool NextMember(MemberList* list, std::string_view* member);

}  // namespace node::http_fields
