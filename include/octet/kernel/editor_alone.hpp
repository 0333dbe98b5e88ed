// SPDX-License-Identifier: Apache-2.0
// As editor.hpp, for a file that a header of its own includes for all targets: that header,
// included behind this one, leaves the file alone.
#undef OCTET_HAS_KERNELS
#define OCTET_HAS_KERNELS 0
