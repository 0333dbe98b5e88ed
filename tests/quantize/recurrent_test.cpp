// SPDX-License-Identifier: Apache-2.0
// The numbers are those of tflite-micro for the same scales.
#include "octet/quantize/recurrent.hpp"

#include "support/catch.hpp"

TEST_CASE("factors of filters over time multiply and divide in float32") {
  CHECK((octet::svdf_multiplier(0.05f, 0.01f, 0.0004f) == octet::Rescale{1342177408, 1}));
  CHECK((octet::svdf_multiplier(0.0004f, 0.0005f, 0.02f) == octet::Rescale{1407374976, -16}));
}

TEST_CASE("the cell of a long short-term memory has a scale that is a power of two") {
  const auto cell = octet::lstm_cell(0x1p-14f);
  CHECK(cell.scale_power == -14);
  CHECK((cell.forget == octet::Rescale{1 << 30, -14}));
  CHECK((cell.input == octet::Rescale{1 << 30, -15}));
  CHECK(cell.clip == 0);
  CHECK(octet::lstm_cell(0x1.6p-14f).scale_power == -14);  // the nearest one
  CHECK(octet::lstm_cell(0x1.8p-14f).scale_power == -13);
  CHECK(octet::lstm_cell(0x1p-11f, 4).clip == 8192);
  CHECK(octet::lstm_cell(0x1p-15f, 10).clip == 32767);
  CHECK(octet::lstm_cell(-0x1p-15f, 1e30f).clip == 0);  // refused for its multipliers
}

TEST_CASE("gates of a long short-term memory are Q3.12 and its output a product of Q0.15") {
  CHECK((octet::lstm_gate_multiplier(0x1p-8f, 0x1p-7f) == octet::Rescale{1 << 30, -2}));
  CHECK((octet::lstm_output_multiplier(0x1p-7f) == octet::Rescale{1 << 30, -22}));
}
