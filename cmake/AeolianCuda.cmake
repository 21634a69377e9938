# The CUDA compiler, a feature like those of AeolianPackages.cmake (AEO_CUDA: AUTO, ON, OFF): sets
# AEO_HAVE_CUDA. find_package(CUDAToolkit) is never called: stock CMake 3.25 fails in it with
# CUDA 13.
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
