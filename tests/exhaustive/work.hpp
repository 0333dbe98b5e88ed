// SPDX-License-Identifier: Apache-2.0
// Checks that go through every value there is: what they share.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "octet/backends.hpp"

namespace exhaustive {

struct Options {
  std::int64_t sets = 20;  // parameters of each kind that are drawn
  std::uint64_t seed = 1;
  std::int64_t one_in = 1;  // of the parts that accumulators are cut into, how many are looked at
  std::int32_t threads = 1;
  std::string only;  // the one kind of check to run, or "" for all

  bool wants(const std::string& kind) const { return only.empty() || only == kind; }
};

// The backends that this machine can run.
inline std::vector<const octet::Backend*> backends() {
  std::vector<const octet::Backend*> all;
  for (const octet::Backend* backend : octet::kBackends) {
    if (backend->available()) all.push_back(backend);
  }
  return all;
}

// All values with one set of parameters: how many were compared, and the first that is wrong.
class Check {
 public:
  Check(std::string name, std::int64_t parts) : name_(std::move(name)), parts_(parts) {}

  // Calls part(i) for i < parts in several threads, and shows how far it is.
  void run(const Options& options, const std::function<void(std::int64_t)>& part) {
    std::atomic<std::int64_t> next = 0;
    const auto work = [&] {
      for (std::int64_t i = next++; i < parts_; i = next++) {
        part(i);
        show(i);
      }
    };
    std::vector<std::thread> threads;
    for (std::int32_t t = 1; t < options.threads; ++t) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (is_terminal_) std::printf("\r\033[K");
    std::printf("%-70s %16lld values  %s\n", name_.c_str(), static_cast<long long>(values_),
                failure_.empty() ? "equal" : failure_.c_str());
    std::fflush(stdout);
  }

  void count(std::int64_t values) { values_ += values; }

  void fail(const std::string& message) {
    const std::lock_guard lock(mutex_);
    if (failures_++ == 0) failure_ = "DIFFERENT: " + message;
  }

  std::int64_t values() const { return values_; }
  std::int64_t failures() const { return failures_; }

 private:
  void show(std::int64_t part) {
    constexpr int kWidth = 40;
    const int done = static_cast<int>((part + 1) * kWidth / parts_);
    if (!is_terminal_ || done == part * kWidth / parts_) return;
    const std::lock_guard lock(mutex_);
    std::printf("\r%-70s [%s%s]", name_.c_str(),
                std::string(static_cast<std::size_t>(done), '#').c_str(),
                std::string(static_cast<std::size_t>(kWidth - done), ' ').c_str());
    std::fflush(stdout);
  }

  std::string name_;
  std::int64_t parts_;
  const bool is_terminal_ = isatty(STDOUT_FILENO) != 0;
  std::atomic<std::int64_t> values_ = 0;
  std::mutex mutex_;
  std::int64_t failures_ = 0;
  std::string failure_;
};

// One line of the summary.
struct Row {
  std::string name;
  std::int64_t sets = 0, values = 0, failures = 0;

  void add(const Check& check, std::int64_t sets_of_check = 1) {
    sets += sets_of_check;
    values += check.values();
    failures += check.failures();
  }
};
using Summary = std::vector<Row>;

// Each runs its checks and adds their rows.
void requantization(const Options& options, Summary& summary);
void float32(const Options& options, Summary& summary);
void elements(const Options& options, Summary& summary);

}  // namespace exhaustive
