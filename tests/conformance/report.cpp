// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>
#include <cstdio>

namespace conformance {

void Report::fail(const std::string& operation, const std::string& where,
                  const std::string& backend, const std::string& message) {
  ++rows_[operation].failed;
  std::printf("FAILED %s (%s): %s\n", where.c_str(), backend.c_str(), message.c_str());
  std::fflush(stdout);
}

bool Report::print() const {
  std::size_t width = std::string("operation").size();
  for (const auto& [operation, row] : rows_) width = std::max(width, operation.size());
  const int columns = static_cast<int>(width);

  std::printf("\n%-*s  passed  failed  skipped\n", columns, "operation");
  std::int64_t passed = 0, failed = 0, skipped = 0;
  for (const auto& [operation, row] : rows_) {
    std::int64_t row_skipped = 0;
    for (const auto& [reason, count] : row.skipped) row_skipped += count;
    std::printf("%-*s  %6lld  %6lld  %7lld", columns, operation.c_str(),
                static_cast<long long>(row.passed), static_cast<long long>(row.failed),
                static_cast<long long>(row_skipped));
    // One reason stands beside the counts, several below.
    if (row.skipped.size() == 1) std::printf("  %s", row.skipped.begin()->first.c_str());
    std::printf("\n");
    if (row.skipped.size() > 1) {
      for (const auto& [reason, count] : row.skipped) {
        std::printf("%8lld  %s\n", static_cast<long long>(count), reason.c_str());
      }
    }
    passed += row.passed;
    failed += row.failed;
    skipped += row_skipped;
  }
  std::printf("\n%lld passed, %lld failed, %lld skipped\n", static_cast<long long>(passed),
              static_cast<long long>(failed), static_cast<long long>(skipped));
  return failed == 0;
}

}  // namespace conformance
