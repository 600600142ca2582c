// The golden cases of test/golden/*.md: what they look like and how to read them.
//
//   ## Title of the case
//   Prose, for people. Lines of it that begin so set something:
//   Limits: name=value, ...
//   To: HEAD, GET        what the responses answer, one by one; the last holds for all further
//   Eof: yes             the connection ends behind the bytes
//   ```http
//   GET / HTTP/1.1
//
//   ```
//   ```events
//   request GET / HTTP/1.1: keep-alive, no host
//   end
//   ```
//
// Those of DNS have a message in the form of dns_text.h between ```dns, what is read of it between ```answer, and
//   Question: www.example.com A      that was asked
//   Over: TCP                        or else UDP
//
// In the input each line ends with CRLF, unless it ends with a backslash: then with nothing. \r \n \t \0 \\ and \xHH
// are bytes, \{N text} is `text` N times.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace node::golden {

struct Case {
  std::string folder;  // below test/golden
  std::string file;    // without ".md"
  std::string title;
  std::string input;   // bytes
  std::string events;  // lines
  std::string limits;  // "name=value, ..."
  std::string to;      // "METHOD, ..."
  bool eof = false;
  std::string question;  // "NAME TYPE"
  bool over_tcp = false;
};

// How GoogleTest names a case.
inline void PrintTo(const Case& one, std::ostream* out) { *out << one.file << ".md: " << one.title; }

// All cases of all files of a folder below the test root, by file name and place. Ends the program with a message on
// a file that is not well-formed.
std::vector<Case> Load(const std::string& folder);

// The bytes that the lines of an input stand for.
std::string Decode(std::string_view text);

}  // namespace node::golden
