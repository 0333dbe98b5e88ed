# SPDX-License-Identifier: Apache-2.0
# Installed beside octet-config.cmake, which needs it too.

# octet_find_headers(<package> <header> <target>...)
# Defines octet::<package>, which carries the folder to include <header> from and nothing else, if
# the headers are on this machine. Looks for one of the <target>s (of the surrounding project, or of
# find_package), then for the header itself.
#
# Only the headers are taken from a package: the libraries behind them may be for another processor
# when cross-compiling, and Debian 12's xsimd asks to link a library xtl that does not exist.
function(octet_find_headers package header)
  if(TARGET octet::${package})
    return()
  endif()
  find_package(${package} CONFIG QUIET)
  foreach(target IN LISTS ARGN)
    if(TARGET ${target})
      get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
      if(folders)
        break()
      endif()
    endif()
  endforeach()
  if(NOT folders)
    find_path(OCTET_${package}_INCLUDE_DIR ${header})
    mark_as_advanced(OCTET_${package}_INCLUDE_DIR)
    set(folders "${OCTET_${package}_INCLUDE_DIR}")
  endif()
  if(folders)
    octet_add_headers(${package} "${folders}")
  endif()
endfunction()

# Defines octet::<package> with the include folders given.
function(octet_add_headers package folders)
  add_library(octet::${package} INTERFACE IMPORTED GLOBAL)
  target_include_directories(octet::${package} INTERFACE ${folders})
endfunction()
