// Invariants and errors, for every layer.
//
// CHECK guards what only a defect of ours can break: it prints the place and
// aborts, in release builds too. Whatever a script, a peer or the kernel can
// cause is an Error inside a Result and never reaches a CHECK.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace node::base {

// What a failed CHECK calls: says where, and aborts.
[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "node: internal error: %s:%d: CHECK(%s) failed. This is a defect of node itself.\n", file, line,
               condition);
  std::abort();
}

// What went wrong, in the terms of the operating system.
struct Error {
  // The system call or our own operation that failed, e.g. "listen"; static text.
  const char* syscall = "";
  // A value of errno(3); 0 when the failure is not the kernel's.
  int code = 0;
  // What it was done to, e.g. an address "0.0.0.0:8000" or a path. May be empty.
  std::string subject;
  // In place of an errno's name, e.g. "NXDOMAIN"; static text.
  const char* name = nullptr;

  // The symbolic name of `code`, e.g. "EADDRINUSE"; "UNKNOWN" for a number that has none.
  const char* Name() const {
    if (name != nullptr) return name;
    const char* found = strerrorname_np(code);
    return found != nullptr ? found : "UNKNOWN";
  }

  // One line: "listen EADDRINUSE 0.0.0.0:8000: Address already in use".
  std::string Message() const {
    std::string text = std::string(syscall) + " " + Name();
    if (!subject.empty()) text += " " + subject;
    const char* description = name == nullptr ? strerrordesc_np(code) : nullptr;
    if (description != nullptr) text += std::string(": ") + description;
    return text;
  }
};

// The error of the system call that has just failed: reads errno.
inline Error ErrnoError(const char* syscall, std::string subject = {}) {
  return Error{syscall, errno, std::move(subject)};
}

// A value, or the Error that stood in its way. Look before you take: value() of
// a failure is a broken invariant.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : content_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return content_.index() == 0; }
  T& value();
  const Error& error() const;

 private:
  std::variant<T, Error> content_;
};

// For operations that give nothing but success or failure.
struct Done {};

}  // namespace node::base

#define CHECK(condition) \
  (__builtin_expect(!(condition), 0) ? ::node::base::CheckFailed(__FILE__, __LINE__, #condition) : (void)0)

namespace node::base {

template <typename T>
T& Result<T>::value() {
  CHECK(ok());
  return *std::get_if<0>(&content_);
}

template <typename T>
const Error& Result<T>::error() const {
  CHECK(!ok());
  return *std::get_if<1>(&content_);
}

}  // namespace node::base
