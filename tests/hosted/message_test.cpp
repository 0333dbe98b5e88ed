// SPDX-License-Identifier: Apache-2.0
#include "octet/hosted/message.hpp"

#include "support/catch.hpp"

using octet::Status;
using octet::StatusCode;
using octet::to_string;

TEST_CASE("a status is a sentence about its argument") {
  CHECK(to_string(Status{}) == "ok");
  CHECK(to_string(Status{StatusCode::zero_point_out_of_range, "output.zero_point", 300, 127}) ==
        "output.zero_point = 300 is outside the range of its type (limit 127)");
  CHECK(to_string(Status{StatusCode::buffer_too_small, "scratch", 10, 64}) ==
        "scratch = 10 is too small a buffer (limit 64)");
  CHECK(to_string(Status{StatusCode::null_pointer, "input"}) == "input is null");
  CHECK(to_string(Status{StatusCode::misaligned, "packed", 32}) ==
        "packed is not aligned to 64 bytes");
  CHECK(to_string(Status{StatusCode::accumulator_overflow, "filter", 7}) ==
        "filter of output channel 7 could overflow the 32-bit accumulator");
  CHECK(to_string(Status{StatusCode::shift_out_of_range, "output.shift", 5, 4}) ==
        "output.shift = 5 is not a shift that keeps every value in 32 bits (limit 4)");
  CHECK(to_string(Status{StatusCode::size_mismatch, "filter", 36864, 576}) ==
        "filter = 36864 is not the size that the shapes make (limit 576)");
  CHECK(to_string(Status{StatusCode::overlap, "output"}) ==
        "output overlaps other memory that is in use");
  CHECK(to_string(Status{StatusCode::backend_unavailable, "avx512vnni"}) ==
        "avx512vnni cannot run on this machine");
  CHECK(to_string(Status{StatusCode::multiplier_out_of_range, "multiplier", -1}) ==
        "multiplier = -1 is neither zero nor in [2^30, 2^31)");
}
