// SPDX-License-Identifier: Apache-2.0
// The version, written here alone: CMake reads these three lines.
#pragma once

#define OCTET_VERSION_MAJOR 0
#define OCTET_VERSION_MINOR 1
#define OCTET_VERSION_PATCH 0
