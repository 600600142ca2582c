// Field lines: one grammar and one reading of framing and connection fields, for every kind of head.
//
// Requests use it now; whatever else has a head (answers) is to use the same
// machine, so that no second grammar can come to differ from the first.
#pragma once

#include <cstdint>
#include <string_view>

#include "http_parser.h"

namespace node::http_fields {

enum class LineEvent : uint8_t {
  kMore,     // all of the window is looked at, the line goes on
  kField,    // a field line is complete
  kEnd,      // the empty line is complete: the head ends at *position
  kRefused,  // see `refusal`
};

// Goes on at *position, which moves, until a line ends. `window` begins with the head's first byte. `field` takes the
// offsets as they become known, and stays the same until kField; nullptr where no further field is allowed (431).
LineEvent NextLine(std::string_view window, uint32_t* position, http_parser::LineState* state,
                   http_parser::Field* field, http_parser::Refusal* refusal);

// What is wrong with a byte that cannot stand where it does: at the start of a line, behind a name, in a value.
const char* BadLineStart(char byte);
const char* BadNameEnd(char byte);
const char* BadValueByte(char byte);

// Names the field: sets field->id by its name.
void Identify(std::string_view window, http_parser::Field* field);

// Reads what an identified field means. False: `refusal` says why.
bool Interpret(std::string_view window, const http_parser::Field& field, uint8_t minor_version,
               http_parser::FieldMeaning* meaning, http_parser::Refusal* refusal);

// Once all fields are read: are the codings ones that we can take off? False: `refusal` says why.
bool CheckCodings(const http_parser::FieldMeaning& meaning, http_parser::Refusal* refusal);

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
