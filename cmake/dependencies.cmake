# SPDX-License-Identifier: Apache-2.0
# Every dependency in one place: what is installed is taken, the rest is downloaded in the version
# pinned here.
include(FetchContent)

# Header-only: <header> <include folder in the repository> <targets a package may define>...
set(octet_headers_xsimd xsimd/xsimd.hpp include xsimd)
set(octet_headers_CLI11 CLI/CLI.hpp include CLI11::CLI11)
set(octet_headers_nlohmann_json nlohmann/json.hpp include nlohmann_json::nlohmann_json)
set(octet_headers_flatbuffers flatbuffers/flatbuffers.h include
  flatbuffers::flatbuffers flatbuffers::flatbuffers_shared)

set(octet_repository_xsimd xtensor-stack/xsimd 8.1.0)
set(octet_repository_CLI11 CLIUtils/CLI11 v2.4.2)
set(octet_repository_nlohmann_json nlohmann/json v3.11.3)
set(octet_repository_flatbuffers google/flatbuffers v23.5.26)
set(octet_repository_Catch2 catchorg/Catch2 v3.5.4)
set(octet_repository_benchmark google/benchmark v1.8.3)

# octet_fetch(<package> [HEADERS_ONLY]): downloads the pinned version and adds it to the build, or
# only unpacks it. Sets <package>_SOURCE_DIR.
macro(octet_fetch package)
  if(NOT OCTET_FETCH_DEPENDENCIES)
    message(FATAL_ERROR "${package} is not installed, and OCTET_FETCH_DEPENDENCIES is OFF.")
  endif()
  message(STATUS "${package} is not installed: fetching it")
  list(GET octet_repository_${package} 0 octet_fetch_repository)
  list(GET octet_repository_${package} 1 octet_fetch_tag)
  set(octet_fetch_options "")
  if("${ARGN}" STREQUAL "HEADERS_ONLY")
    # A folder that does not exist: FetchContent then adds nothing to the build.
    set(octet_fetch_options SOURCE_SUBDIR headers_only)
  endif()
  FetchContent_Declare(${package}
    GIT_REPOSITORY https://github.com/${octet_fetch_repository}.git
    GIT_TAG ${octet_fetch_tag}
    GIT_SHALLOW ON
    ${octet_fetch_options})
  FetchContent_MakeAvailable(${package})
  FetchContent_GetProperties(${package} SOURCE_DIR ${package}_SOURCE_DIR)
endmacro()

# octet_require_headers(<package>): defines octet::<package>.
function(octet_require_headers package)
  set(targets ${octet_headers_${package}})
  list(POP_FRONT targets header folder)
  octet_find_headers(${package} ${header} ${targets})
  if(NOT TARGET octet::${package})
    octet_fetch(${package} HEADERS_ONLY)
    octet_add_headers(${package} "${${package}_SOURCE_DIR}/${folder}")
  endif()
endfunction()

# Sets `result` to the command that runs flatc and defines octet::flatbuffers. Both must be of one
# version, so they come from one place.
function(octet_require_flatbuffers result)
  set(targets ${octet_headers_flatbuffers})
  list(POP_FRONT targets header folder)
  octet_find_headers(flatbuffers ${header} ${targets})
  find_program(OCTET_FLATC flatc)
  mark_as_advanced(OCTET_FLATC)
  if(TARGET octet::flatbuffers AND OCTET_FLATC)
    set(${result} ${OCTET_FLATC} PARENT_SCOPE)
    return()
  endif()
  if(CMAKE_CROSSCOMPILING OR TARGET octet::flatbuffers)
    message(FATAL_ERROR
      "flatc and the flatbuffers headers must be installed together on this machine "
      "(Debian: flatbuffers-compiler libflatbuffers-dev).")
  endif()
  set(FLATBUFFERS_BUILD_TESTS OFF CACHE BOOL "" FORCE)
  set(FLATBUFFERS_INSTALL OFF CACHE BOOL "" FORCE)
  octet_fetch(flatbuffers)
  octet_add_headers(flatbuffers "${flatbuffers_SOURCE_DIR}/${folder}")
  set(${result} $<TARGET_FILE:flatc> PARENT_SCOPE)
endfunction()

# Sets `result` to the Catch2 library to link: version 3 brings its main function, version 2 is a
# header.
function(octet_require_catch2 result)
  find_package(Catch2 CONFIG QUIET)
  if(NOT TARGET Catch2::Catch2)
    octet_fetch(Catch2)
  endif()
  if(TARGET Catch2::Catch2WithMain)
    set(${result} Catch2::Catch2WithMain PARENT_SCOPE)
  else()
    set(${result} Catch2::Catch2 PARENT_SCOPE)
  endif()
endfunction()

# Defines benchmark::benchmark.
macro(octet_require_benchmark)
  find_package(benchmark CONFIG QUIET)
  if(NOT TARGET benchmark::benchmark)
    set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
    octet_fetch(benchmark)
  endif()
endmacro()

# octet_find_library(<name> <header> <library> [<folder>...]): defines octet::<name> for a library
# that an example shows or that is only measured against, where it is installed. Not find_package: oneDNN's package stops the
# whole configuration where OpenCL is absent, and OpenBLAS's defines no target.
function(octet_find_library name header library)
  if(TARGET octet::${name})
    return()
  endif()
  find_path(OCTET_${library}_INCLUDE_DIR ${header} PATH_SUFFIXES ${ARGN})
  find_library(OCTET_${library}_LIBRARY ${library} PATH_SUFFIXES ${ARGN})
  mark_as_advanced(OCTET_${library}_INCLUDE_DIR OCTET_${library}_LIBRARY)
  if(OCTET_${library}_INCLUDE_DIR AND OCTET_${library}_LIBRARY)
    add_library(octet::${name} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(octet::${name} PROPERTIES
      IMPORTED_LOCATION "${OCTET_${library}_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${OCTET_${library}_INCLUDE_DIR}")
  endif()
endfunction()
