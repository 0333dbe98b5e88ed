// SPDX-License-Identifier: Apache-2.0
// Ends with the message of an assertion.
#include "octet/fully_connected.hpp"

int main() {
  octet::FullyConnected<std::int8_t>::Bound bound;
  bound.run();
}
