// SPDX-License-Identifier: Apache-2.0
// octet_exhaustive: every value there is instead of random ones. Hours for all of it; --one-in,
// --sets and --only take less.
#include <CLI/CLI.hpp>

#include "octet/types.hpp"
#include "work.hpp"

int main(int argc, char** argv) {
  exhaustive::Options options;
  options.threads = static_cast<std::int32_t>(std::thread::hardware_concurrency());
  std::vector<std::string> kinds = {"elements", "float32"};
  for (const octet::Rounding rounding : octet::kRoundings) {
    kinds.emplace_back(octet::to_string(rounding));
  }
  CLI::App app(
      "Compares every backend with the reference over all accumulators, pairs and values.");
  app.add_option("--sets", options.sets,
                 "parameters of each kind (default 20), of roundings half for int8 and for int16")
      ->check(CLI::PositiveNumber);
  app.add_option("--one-in", options.one_in,
                 "look at one in so many of the 65,536 parts of all accumulators (default 1)")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "of the parameters (default 1)");
  app.add_option("--threads", options.threads, "(default: those of the machine)")
      ->check(CLI::PositiveNumber);
  app.add_option("--only", options.only, "one kind: operations, float32 products, or a rounding")
      ->check(CLI::IsMember(kinds));
  CLI11_PARSE(app, argc, argv);

  exhaustive::Summary summary;
  exhaustive::elements(options, summary);
  exhaustive::float32(options, summary);
  exhaustive::requantization(options, summary);

  std::string names;
  for (const octet::Backend* backend : exhaustive::backends()) {
    names += std::string(names.empty() ? "" : ", ") + backend->name;
  }
  std::printf("\nBackends: %s\n\n", names.c_str());
  std::printf("| %-40s | sets | %15s | failures |\n|---|---|---|---|\n", "values", "of all sets");
  bool passed = true;
  for (const exhaustive::Row& row : summary) {
    std::printf("| %-40s | %4lld | %15lld | %8lld |\n", row.name.c_str(),
                static_cast<long long>(row.sets), static_cast<long long>(row.values),
                static_cast<long long>(row.failures));
    passed = passed && row.failures == 0;
  }
  std::puts(passed ? "\nall equal" : "\nsome are DIFFERENT");
  return passed ? 0 : 1;
}
