// SPDX-License-Identifier: Apache-2.0
// Histograms of activations with the ranges chosen for them, as SVG.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "octet_quantizer/calibration.hpp"

namespace octet_quantizer {

// A file DIR/<number of the tensor>.svg for every activation. `ranges` has one entry a tensor.
std::optional<Error> plot_histograms(const std::filesystem::path& folder, const Network& network,
                                     const std::vector<Observations>& observations,
                                     const std::vector<octet::RealRange>& ranges);

}  // namespace octet_quantizer
