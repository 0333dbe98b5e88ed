// SPDX-License-Identifier: Apache-2.0
// Errors as values: what went wrong, in words for the person who runs the model.
#pragma once

#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace octet_engine {

enum class ErrorCode {
  file,         // a file cannot be read or written
  invalid,      // damaged or inconsistent data
  unsupported,  // valid data that this engine does not implement
  memory,       // there is not enough of it
};

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string message;
};

// The commonest of them.
inline Error invalid(std::string message) { return {ErrorCode::invalid, std::move(message)}; }

// A value, or the error that says why there is none: the part of std::expected (C++23) needed here.
// Functions without a value return std::optional<Error>.
template <class T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : content_(std::move(value)) {}
  Expected(Error error) : content_(std::move(error)) {}

  explicit operator bool() const { return std::holds_alternative<T>(content_); }
  const Error& error() const { return *std::get_if<Error>(&content_); }
  T& operator*() { return *std::get_if<T>(&content_); }
  const T& operator*() const { return *std::get_if<T>(&content_); }
  T* operator->() { return std::get_if<T>(&content_); }
  const T* operator->() const { return std::get_if<T>(&content_); }

 private:
  std::variant<T, Error> content_;
};

// What `make` returns, or an error where the heap has not enough memory for `what`.
template <class Make>
auto unless_out_of_memory(std::string_view what, const Make& make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::memory, std::string("there is not enough memory for ").append(what)};
  }
}

}  // namespace octet_engine
