// SPDX-License-Identifier: Apache-2.0
// The two translation units of the mixed-flags test; each function returns the number of wrong
// results.
#pragma once

int octet_odr_check_extended();  // compiled with instruction sets that this machine may lack
int octet_odr_check_plain();     // compiled for the baseline
