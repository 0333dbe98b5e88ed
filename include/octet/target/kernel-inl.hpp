// SPDX-License-Identifier: Apache-2.0
// The end of the file of a target that needs a region, which names OCTET_ISA and OCTET_TARGET:
// compiles OCTET_KERNEL for it.
#ifdef OCTET_KERNEL
OCTET_BEGIN_TARGET(OCTET_ISA)
#include OCTET_KERNEL
OCTET_END_TARGET
#endif
#undef OCTET_TARGET
#undef OCTET_ISA
