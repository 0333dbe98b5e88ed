// SPDX-License-Identifier: Apache-2.0
#include "octet/hosted/message.hpp"

#include "support/catch.hpp"

using octet::Status;
using octet::StatusCode;
using octet::to_string;

TEST_CASE("a status is a sentence about its argument") {
  CHECK(to_string(Status{}) == "ok");
  using octet::Relation;
  CHECK(to_string(Status{StatusCode::zero_point_out_of_range, "output.zero_point", 300, 127,
                         Relation::at_most}) ==
        "output.zero_point = 300 is outside the range of its type (at most 127)");
  CHECK(to_string(Status{StatusCode::buffer_too_small, "scratch", 10, 64, Relation::at_least}) ==
        "scratch = 10 is too small a buffer (at least 64)");
  CHECK(to_string(Status{StatusCode::null_pointer, "input"}) == "input is null");
  CHECK(to_string(Status{StatusCode::misaligned, "packed", 32}) ==
        "packed is not aligned to 64 bytes");
  CHECK(to_string(Status{StatusCode::accumulator_overflow, "filter", 7, 2147483648}) ==
        "filter of output channel 7 could overflow the 32-bit accumulator (it can reach "
        "2147483648)");
  CHECK(
      to_string(Status{StatusCode::shift_out_of_range, "output.shift", 5, 4, Relation::at_most}) ==
      "output.shift = 5 is not a shift that keeps every value in 32 bits (at most 4)");
  CHECK(to_string(Status{StatusCode::size_mismatch, "filter", 36864, 576, Relation::exactly}) ==
        "filter = 36864 is not the size that the shapes make (expected 576)");
  CHECK(to_string(Status{StatusCode::channel_count_mismatch, "output.multiplier", 3, 16}) ==
        "output.multiplier = 3 is not one value nor one per output channel (expected 1 or 16)");
  CHECK(to_string(Status{StatusCode::channel_count_mismatch, "output.shift", 0, 1}) ==
        "output.shift = 0 is not one value nor one per output channel (expected 1)");
  CHECK(to_string(Status{StatusCode::invalid_shape, "filter.i", 3, 8, Relation::divides, -1,
                         "input.shape.c"}) ==
        "filter.i = 3 is not a valid extent (must divide input.shape.c = 8)");
  CHECK(to_string(Status{StatusCode::invalid_shape, "filter.o", 3, 2, Relation::multiple_of, -1,
                         "input.shape.c / filter.i"}) ==
        "filter.o = 3 is not a valid extent (must be a multiple of input.shape.c / filter.i = 2)");
  CHECK(to_string(Status{StatusCode::unsupported, "conv2d (not prepared)"}) ==
        "conv2d (not prepared) is not supported");
  CHECK(to_string(Status{StatusCode::unsupported, "axis", 3, 1, Relation::at_most}) ==
        "axis = 3 is not supported (at most 1)");
  CHECK(to_string(Status{StatusCode::unsupported, "input1.zero_point", -30000}) ==
        "input1.zero_point = -30000 is not supported");
  CHECK(to_string(Status{StatusCode::overlap, "output"}) ==
        "output overlaps other memory that is in use");
  CHECK(to_string(Status{StatusCode::backend_unavailable, "avx512vnni"}) ==
        "avx512vnni cannot run on this machine");
  CHECK(to_string(Status{StatusCode::multiplier_out_of_range, "multiplier", -1}) ==
        "multiplier = -1 is neither zero nor in [2^30, 2^31)");
}

TEST_CASE("a status says which of several") {
  using octet::Relation;
  CHECK(to_string(Status{StatusCode::unsupported, "inputs[].zero_point", 5, 0, Relation::exactly,
                         2}) == "inputs[2].zero_point = 5 is not supported (expected 0)");
  CHECK(to_string(Status{StatusCode::invalid_shape, "inputs[].shape.extent[1]", 0, 1,
                         Relation::at_least, 0}) ==
        "inputs[0].shape.extent[1] = 0 is not a valid extent (at least 1)");
  CHECK(to_string(Status{StatusCode::multiplier_out_of_range, "output.multiplier", -1, 0,
                         Relation::none, 12}) ==
        "output.multiplier[12] = -1 is neither zero nor in [2^30, 2^31)");
}
