// SPDX-License-Identifier: Apache-2.0
// octet_conformance DIR... [--backend NAME|all] [--filter TEXT]: README.md beside this file.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "operations.hpp"
#include "runner.hpp"

namespace {

namespace fs = std::filesystem;
using conformance::Report;
using conformance::Selection;

// Every JSON file below `folder` in a fixed order; index.json only lists the others.
std::vector<fs::path> case_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".json" && path.filename() != "index.json") files.push_back(path);
  }
  if (error) throw std::system_error(error, folder.generic_string());
  std::sort(files.begin(), files.end());
  return files;
}

// Selects the backends that `name` asks for and prints those this machine lacks. False if nothing
// is left to run.
bool select(const std::string& name, Selection& selection) {
  selection.reference = name == "all" || name == "reference";
  bool known = selection.reference;
  std::string known_names = "reference, all";
  std::string running = selection.reference ? " reference" : "";
  for (const octet::Backend* backend : octet::kBackends) {
    known_names += std::string(", ") + backend->name;
    if (name != "all" && name != backend->name) continue;
    known = true;
    if (backend->available()) {
      selection.backends.push_back(backend);
      running += std::string(" ") + backend->name;
    } else {
      std::printf("skipped backend %s: not available on this machine\n", backend->name);
    }
  }
  if (!known) std::printf("no backend %s; known: %s\n", name.c_str(), known_names.c_str());
  if (running.empty()) return false;
  std::printf("backends:%s\n", running.c_str());
  return true;
}

// A run of all backends fails for every name in OCTET_EXPECT_BACKENDS=name,... that did not run.
void require_expected_backends(const Selection& selection, Report& report) {
  const char* const expected = std::getenv("OCTET_EXPECT_BACKENDS");
  std::istringstream names(expected == nullptr ? "" : expected);
  for (std::string name; std::getline(names, name, ',');) {
    const bool runs = std::any_of(selection.backends.begin(), selection.backends.end(),
                                  [&](const octet::Backend* b) { return name == b->name; });
    if (!runs) report.fail("backends", "OCTET_EXPECT_BACKENDS", name, "did not run");
  }
}

// An operation that octet has is evaluated: its name is in no list of those that are missing.
void require_missing_are_missing(Report& report) {
  for (const std::string_view name : conformance::missing_operations()) {
    const fs::path header = fs::path(OCTET_HEADERS_DIR) / (std::string(name) + ".hpp");
    if (conformance::find_operation(name) != nullptr || fs::exists(header)) {
      report.fail(std::string(name), "operations.cpp", "any", "octet has what it lists as missing");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Compares octet with the expected results of conformance cases, bit by bit."};
  std::vector<std::string> folders;
  std::string backend = "all";
  std::string filter;
  app.add_option("DIR", folders, "Folders that hold cases and models, searched recursively")
      ->required();
  app.add_option("--backend", backend, "A backend's name, reference, or all (the default)");
  app.add_option("--filter", filter, "Only files whose path contains this text");
  CLI11_PARSE(app, argc, argv);

  Selection selection;
  if (!select(backend, selection)) return 1;

  Report report;
  require_missing_are_missing(report);
  if (backend == "all") require_expected_backends(selection, report);
  for (const std::string& folder : folders) {
    try {
      const std::vector<fs::path> files = case_files(folder);
      if (files.empty()) report.fail("unreadable", folder, "any", "holds no cases");
      for (const fs::path& file : files) {
        if (file.generic_string().find(filter) == std::string::npos) continue;
        conformance::run_file(file, selection, report);
      }
    } catch (const std::exception& error) {
      report.fail("unreadable", folder, "any", error.what());
    }
  }
  return report.print() ? 0 : 1;
}
