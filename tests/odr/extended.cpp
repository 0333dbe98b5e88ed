// SPDX-License-Identifier: Apache-2.0
#define OCTET_ODR_CHECK octet_odr_check_extended
#include "check-inl.hpp"
