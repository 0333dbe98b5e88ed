// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include <octet/backends.hpp>

#include "case_file.hpp"
#include "report.hpp"

namespace conformance {

struct Selection {
  bool reference = false;  // also the plain functions of octet::reference
  std::vector<const octet::Backend*> backends;
};

// Runs the case or model manifest in `file` on everything selected. Never throws: what cannot be
// read or used counts as failed.
void run_file(const std::filesystem::path& file, const Selection& selection, Report& report);

// models.cpp: every case of the manifest in `folder`, with the intermediates it lists.
void run_model(const std::filesystem::path& folder, const Json& manifest,
               const Selection& selection, Report& report);

}  // namespace conformance
