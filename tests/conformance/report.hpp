// SPDX-License-Identifier: Apache-2.0
// Counts results per operation and prints them.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <sstream>
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

  // Counts one result: passed if there is no `message`.
  void count(const std::string& operation, const std::string& where, const std::string& backend,
             const std::string& message) {
    if (message.empty()) return pass(operation);
    fail(operation, where, backend, message);
  }

  // The first difference as a sentence; empty if there is none. `equal` compares two elements.
  template <class T, class Equal = std::equal_to<>>
  static std::string difference(const std::string& what, const std::vector<T>& expected,
                                const std::vector<T>& got, const Equal& equal = {}) {
    if (expected.size() != got.size()) {
      return what + ": expected " + std::to_string(expected.size()) + " values, got " +
             std::to_string(got.size());
    }
    std::size_t count = 0, first = 0;
    for (std::size_t i = expected.size(); i-- > 0;) {
      if (!equal(expected[i], got[i])) {
        ++count;
        first = i;
      }
    }
    if (count == 0) return {};
    std::ostringstream message;
    message.precision(std::numeric_limits<T>::max_digits10);
    message << what << '[' << first << "]: expected " << expected[first] << ", got " << got[first]
            << " (" << count << " of " << expected.size() << " values differ)";
    return message.str();
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
