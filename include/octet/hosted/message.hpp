// SPDX-License-Identifier: Apache-2.0
// Statuses as sentences, for systems that have strings.
#pragma once

#include <string>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

namespace detail {

// "inputs[2].zero_point", "output.shift[7]", or the argument as it is.
inline std::string name_of(const Status& status) {
  std::string name = status.argument;
  const std::string index = "[" + (status.index < 0 ? "" : std::to_string(status.index)) + "]";
  if (const std::size_t brackets = name.find("[]"); brackets != name.npos) {
    return name.replace(brackets, 2, index);
  }
  return status.index < 0 ? name : name + index;
}

// "at most 127", "must divide input.shape.c = 8", or nothing.
inline std::string expectation(const Status& status) {
  const auto limit = [&](const char* text) { return text + std::to_string(status.limit); };
  const auto named_limit = [&](const char* text) {
    const bool named = *status.limit_argument != '\0';
    return text + (named ? std::string(status.limit_argument) + " = " : std::string()) +
           std::to_string(status.limit);
  };
  switch (status.code) {
    case StatusCode::accumulator_overflow: return limit("it can reach ");
    case StatusCode::channel_count_mismatch:
      return limit(status.limit == 1 ? "expected " : "expected 1 or ");
    default: break;
  }
  switch (status.relation) {
    case Relation::none: return "";
    case Relation::at_least: return limit("at least ");
    case Relation::at_most: return limit("at most ");
    case Relation::exactly: return limit("expected ");
    case Relation::divides: return named_limit("must divide ");
    case Relation::multiple_of: return named_limit("must be a multiple of ");
  }
  return "";
}

}  // namespace detail

// "output.zero_point = 300 is outside the range of its type (at most 127)"
inline std::string to_string(const Status& status) {
  if (status.ok()) return "ok";
  std::string message = detail::name_of(status);
  switch (status.code) {
    case StatusCode::null_pointer:
    case StatusCode::misaligned:
    case StatusCode::overlap:
    case StatusCode::backend_unavailable:
    case StatusCode::not_prepared:
    case StatusCode::zero_multiplier: break;
    case StatusCode::unsupported:
      if (status.relation == Relation::none && status.value == 0) break;
      message += " = " + std::to_string(status.value);
      break;
    case StatusCode::accumulator_overflow:
      message += " of output channel " + std::to_string(status.value);
      break;
    default: message += " = " + std::to_string(status.value);
  }
  message += std::string(" ") + to_string(status.code);
  const std::string expected = detail::expectation(status);
  if (!expected.empty()) message += " (" + expected + ")";
  return message;
}

}  // namespace octet::inline OCTET_BASELINE
