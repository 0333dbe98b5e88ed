// SPDX-License-Identifier: Apache-2.0
// Statuses as sentences, for systems that have strings.
#pragma once

#include <string>

#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// "output.zero_point = 300 is outside the range of its type (limit 127)"
inline std::string to_string(const Status& status) {
  if (status.ok()) return "ok";
  std::string message = status.argument;
  switch (status.code) {
    case StatusCode::null_pointer:
    case StatusCode::misaligned:
    case StatusCode::overlap:
    case StatusCode::backend_unavailable:
    case StatusCode::not_prepared:
    case StatusCode::zero_multiplier: break;
    case StatusCode::accumulator_overflow:
      message += " of output channel " + std::to_string(status.value);
      break;
    default: message += " = " + std::to_string(status.value);
  }
  message += std::string(" ") + to_string(status.code);
  switch (status.code) {
    case StatusCode::invalid_shape:
    case StatusCode::invalid_stride:
    case StatusCode::invalid_dilation:
    case StatusCode::invalid_padding:
    case StatusCode::buffer_too_small:
    case StatusCode::zero_point_out_of_range:
    case StatusCode::clamp_out_of_range:
    case StatusCode::shift_out_of_range:
    case StatusCode::channel_count_mismatch:
    case StatusCode::size_mismatch:
    case StatusCode::count_out_of_range:
      message += " (limit " + std::to_string(status.limit) + ")";
      break;
    default: break;
  }
  return message;
}

}  // namespace OCTET_BASELINE
}  // namespace octet
