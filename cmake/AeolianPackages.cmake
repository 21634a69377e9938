# The outer libraries, found by pkg-config and given as imported targets PkgConfig::NAME.
# PortAudio, libsndfile and CUDA are features (AUTO, ON, OFF): link `aeolian_portaudio` or
# `aeolian_sndfile` and test AEO_HAVE_PORTAUDIO or AEO_HAVE_SNDFILE (always defined, 0 or 1).

# A build for machines that have a GPU, nvcc, cmake and a C compiler and nothing else: the engine
# with its scenes packed, the CUDA renderer, its tests and its benchmark (`make test-gpu`).
if(AEO_GPU_ALONE)
  foreach(name JANSSON CMOCKA)
    add_library(PkgConfig::${name} INTERFACE IMPORTED)
  endforeach()
  target_include_directories(PkgConfig::CMOCKA INTERFACE ${CMAKE_SOURCE_DIR}/tests/gpu/alone)
  include(AeolianCuda)
  return()
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(WEBSOCKETS REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
pkg_check_modules(OGG REQUIRED IMPORTED_TARGET ogg)
if(AEO_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
  pkg_check_modules(EBUR128 REQUIRED IMPORTED_TARGET libebur128)
endif()

# aeolian_feature(NAME module): makes INTERFACE target aeolian_<name> from AEO_NAME's three states.
function(aeolian_feature name module)
  string(TOLOWER ${name} lower)
  set(have 0)
  if(NOT AEO_${name} STREQUAL "OFF")
    pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
    if(${name}_FOUND)
      set(have 1)
    elseif(AEO_${name} STREQUAL "ON")
      message(FATAL_ERROR "AEO_${name}=ON, but pkg-config does not find ${module}")
    endif()
  endif()
  add_library(aeolian_${lower} INTERFACE)
  target_compile_definitions(aeolian_${lower} INTERFACE AEO_HAVE_${name}=${have})
  if(have)
    target_link_libraries(aeolian_${lower} INTERFACE PkgConfig::${name})
  endif()
  set(AEO_HAVE_${name} ${have} PARENT_SCOPE)
  message(STATUS "Feature ${lower}: ${have}")
endfunction()
aeolian_feature(PORTAUDIO portaudio-2.0)
aeolian_feature(SNDFILE sndfile)

include(AeolianCuda)
