// SPDX-License-Identifier: Apache-2.0
// Counts results per operation and prints them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace conformance {

class Report {
 public:
  void pass(const std::string& operation) { ++rows_[operation].passed; }

  // Prints the failure at once: where it happened and on which backend.
  void fail(const std::string& operation, const std::string& where, const std::string& backend,
            const std::string& message);

  void skip(const std::string& operation, const std::string& reason) {
    ++rows_[operation].skipped[reason];
  }

  // Compares element by element and counts one result.
  template <class T>
  void compare(const std::string& operation, const std::string& where, const std::string& backend,
               const std::string& what, const std::vector<T>& expected, const std::vector<T>& got) {
    const std::string message = difference(what, expected, got);
    if (message.empty()) return pass(operation);
    fail(operation, where, backend, message);
  }

  // The first difference as a sentence; empty if there is none.
  template <class T>
  static std::string difference(const std::string& what, const std::vector<T>& expected,
                                const std::vector<T>& got) {
    if (expected.size() != got.size()) {
      return what + ": expected " + std::to_string(expected.size()) + " values, got " +
             std::to_string(got.size());
    }
    std::size_t count = 0, first = 0;
    for (std::size_t i = expected.size(); i-- > 0;) {
      if (expected[i] != got[i]) {
        ++count;
        first = i;
      }
    }
    if (count == 0) return {};
    return what + "[" + std::to_string(first) + "]: expected " + std::to_string(expected[first]) +
           ", got " + std::to_string(got[first]) + " (" + std::to_string(count) + " of " +
           std::to_string(expected.size()) + " values differ)";
  }

  // The table per operation and, as the last line, the sums. Returns whether nothing failed.
  bool print() const;

 private:
  struct Row {
    std::int64_t passed = 0;
    std::int64_t failed = 0;
    std::map<std::string, std::int64_t> skipped;  // by reason
  };

  std::map<std::string, Row> rows_;
};

}  // namespace conformance
