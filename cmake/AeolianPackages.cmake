# The outer libraries, found by pkg-config and given as imported targets PkgConfig::NAME.
# PortAudio, libsndfile and CUDA are features (AUTO, ON, OFF): link `aeolian_portaudio` or
# `aeolian_sndfile` and test AEO_HAVE_PORTAUDIO or AEO_HAVE_SNDFILE (always defined, 0 or 1).
# find_package(CUDAToolkit) is never called: stock CMake 3.25 fails in it with CUDA 13.

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

set(AEO_HAVE_CUDA 0)
if(NOT AEO_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    # Must stand before enable_language, which would otherwise fill in a default of its own.
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES
          75-real 80-real 86-real 89-real 90-real 100-real 120)
    endif()
    enable_language(CUDA)
    set(CMAKE_CUDA_STANDARD 17)
    set(AEO_HAVE_CUDA 1)
    # The same rule as for C: a fused multiply-add only where the source says so.
    add_compile_options($<$<COMPILE_LANGUAGE:CUDA>:--fmad=false>
                        $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-ffp-contract=off>)
  elseif(AEO_CUDA STREQUAL "ON")
    message(FATAL_ERROR "AEO_CUDA=ON, but no CUDA compiler was found")
  endif()
endif()
message(STATUS "Feature cuda: ${AEO_HAVE_CUDA}")
