# Finds the librdkafka that deploy/setup has built, and gives the target RdKafka::rdkafka. TALLYMILL_LIBRDKAFKA is the
# folder it is installed in; by default the first version of deploy/pinned/librdkafka.txt that is in setup's cache.

function(tallymill_built_librdkafka result)
  if(DEFINED ENV{TALLYMILL_CACHE} AND NOT "$ENV{TALLYMILL_CACHE}" STREQUAL "")
    set(cache "$ENV{TALLYMILL_CACHE}")
  elseif(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(cache "$ENV{XDG_CACHE_HOME}/tallymill")
  else()
    set(cache "$ENV{HOME}/.cache/tallymill")
  endif()
  file(STRINGS ${PROJECT_SOURCE_DIR}/deploy/pinned/librdkafka.txt lines REGEX "^[0-9]")
  # Its folder is named after the version and our patches, as in cache_parts.sh.
  file(GLOB patches CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/deploy/pinned/librdkafka_patches/*.patch)
  list(SORT patches)
  set(all_patches "")
  foreach(patch IN LISTS patches)
    file(READ "${patch}" text)
    string(APPEND all_patches "${text}")
  endforeach()
  string(SHA256 patches_sum "${all_patches}")
  string(SUBSTRING "${patches_sum}" 0 8 patches_sum)
  set(found "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE " .*" "" version "${line}")
    set(folder "${cache}/librdkafka-${version}-${patches_sum}")
    if(NOT found AND EXISTS "${folder}/lib/librdkafka.a")
      set(found "${folder}")
    endif()
  endforeach()
  if(NOT found)
    message(FATAL_ERROR "There is no librdkafka in ${cache}: run deploy/setup, "
      "or set TALLYMILL_LIBRDKAFKA to the folder where one of deploy/pinned/librdkafka.txt is installed")
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# Not kept in the cache of the build folder unless the user sets it: a later setup may bring another version.
set(TALLYMILL_LIBRDKAFKA "" CACHE PATH "Where librdkafka is installed; empty: where deploy/setup puts it")
set(librdkafka_folder "${TALLYMILL_LIBRDKAFKA}")
if(NOT librdkafka_folder)
  tallymill_built_librdkafka(librdkafka_folder)
elseif(NOT EXISTS "${librdkafka_folder}/lib/cmake/RdKafka")
  message(FATAL_ERROR "There is no librdkafka in TALLYMILL_LIBRDKAFKA, ${librdkafka_folder}: run deploy/setup and "
    "leave the variable empty, or set it to the folder where librdkafka is installed")
endif()

# Its package file asks for LZ4 by a module that stands beside it, where CMake does not look by itself.
list(APPEND CMAKE_MODULE_PATH "${librdkafka_folder}/lib/cmake/RdKafka")
set(RdKafka_DIR "${librdkafka_folder}/lib/cmake/RdKafka")
find_package(RdKafka 2.12 CONFIG REQUIRED)
