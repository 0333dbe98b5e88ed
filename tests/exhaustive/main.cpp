// SPDX-License-Identifier: Apache-2.0
// octet_exhaustive: every value there is instead of random ones. Hours for all of it; --one-in and
// --sets take less.
#include <CLI/CLI.hpp>

#include "work.hpp"

int main(int argc, char** argv) {
  exhaustive::Options options;
  options.threads = static_cast<std::int32_t>(std::thread::hardware_concurrency());
  std::string only;
  CLI::App app(
      "Compares every backend with the reference over all accumulators, pairs and values.");
  app.add_option("--sets", options.sets, "parameters of each kind (default 20)")
      ->check(CLI::PositiveNumber);
  app.add_option("--one-in", options.one_in,
                 "look at one in so many of the 4,096 parts of all accumulators (default 1)")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "of the parameters (default 1)");
  app.add_option("--threads", options.threads, "(default: those of the machine)")
      ->check(CLI::PositiveNumber);
  app.add_option("--only", only)->check(CLI::IsMember({"requantization", "float32", "elements"}));
  CLI11_PARSE(app, argc, argv);

  bool passed = true;
  const auto check = [&](const char* name, bool (*run)(const exhaustive::Options&)) {
    if (only.empty() || only == name) passed = run(options) && passed;
  };
  check("elements", exhaustive::elements);
  check("float32", exhaustive::float32);
  check("requantization", exhaustive::requantization);
  std::puts(passed ? "all equal" : "some are DIFFERENT");
  return passed ? 0 : 1;
}
