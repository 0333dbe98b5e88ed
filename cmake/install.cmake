# SPDX-License-Identifier: Apache-2.0
# The headers, and what find_package(octet) reads. Everything is in the component `octet`, so that
# nothing of a fetched dependency is installed with it.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(octet_config_dir "${CMAKE_INSTALL_DATADIR}/cmake/octet")
configure_package_config_file(cmake/octet-config.cmake.in
  "${PROJECT_BINARY_DIR}/octet-config.cmake"
  INSTALL_DESTINATION "${octet_config_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/octet-config-version.cmake"
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT)

install(TARGETS octet EXPORT octet INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT octet
  FILE octet-targets.cmake
  NAMESPACE octet::
  DESTINATION "${octet_config_dir}"
  COMPONENT octet)
# The compiled kernels are a component of their own, because they belong to one architecture.
install(TARGETS octet_compiled EXPORT octet_compiled
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT octet_compiled)
install(EXPORT octet_compiled
  FILE octet-compiled-targets.cmake
  NAMESPACE octet::
  DESTINATION "${octet_config_dir}"
  COMPONENT octet_compiled)
install(DIRECTORY include/octet
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT octet)
install(FILES
  "${PROJECT_BINARY_DIR}/octet-config.cmake"
  "${PROJECT_BINARY_DIR}/octet-config-version.cmake"
  cmake/find_headers.cmake
  DESTINATION "${octet_config_dir}"
  COMPONENT octet)
