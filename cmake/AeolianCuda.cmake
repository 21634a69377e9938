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

# aeolian_kernel_image(target name source stub header): compiles the kernels of SOURCE for all
# architectures and embeds them into TARGET as the C symbols NAME, NAME_bytes, NAME_is_stub and
# NAME_contents, which HEADER declares. Where there is no nvcc STUB, a C source with the same
# symbols, takes their place; it is compiled everywhere, so that it stays right.
# NAME.resources.txt in the build folder is the compiler's report of registers and spills.
function(aeolian_kernel_image target name source stub header)
  add_library(${name}_stub OBJECT ${stub})
  target_include_directories(${name}_stub PRIVATE ${CMAKE_SOURCE_DIR})
  if(NOT AEO_HAVE_CUDA)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${name}_stub>)
    return()
  endif()
  set(codes "")
  set(contents "")
  foreach(architecture IN LISTS CMAKE_CUDA_ARCHITECTURES)
    string(REGEX REPLACE "-.*" "" number ${architecture})
    list(APPEND codes -gencode arch=compute_${number},code=sm_${number})
    string(APPEND contents "sm_${number} ")
    if(NOT architecture MATCHES "-real$")
      list(APPEND codes -gencode arch=compute_${number},code=compute_${number})
      string(APPEND contents "ptx_${number} ")
    endif()
  endforeach()
  string(STRIP "${contents}" contents)
  set(fatbin ${CMAKE_CURRENT_BINARY_DIR}/${name}.fatbin)
  set(report ${CMAKE_BINARY_DIR}/${name}.resources.txt)
  add_custom_command(
    OUTPUT ${fatbin} ${report}
    COMMAND sh -c "report=$1; shift; \"$@\" >\"$report\" 2>&1 || { cat \"$report\"; exit 1; }"
            sh ${report}
            ${CMAKE_CUDA_COMPILER} -fatbin --fmad=false -O3 -std=c++17 -I${CMAKE_SOURCE_DIR}
            ${codes} -Xptxas -v --threads 2 -MD -MF ${fatbin}.d -MT ${fatbin} -o ${fatbin}
            ${CMAKE_CURRENT_SOURCE_DIR}/${source}
    DEPENDS ${source}
    DEPFILE ${fatbin}.d
    COMMENT "Compiling ${name} for ${contents}"
    VERBATIM)
  set(image ${CMAKE_CURRENT_BINARY_DIR}/${name}_fatbin.c)
  file(RELATIVE_PATH include ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${header})
  add_custom_command(
    OUTPUT ${image}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DHEADER=${include} -DINPUT=${fatbin}
            -DOUTPUT=${image} "-DCONTENTS=${contents}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed-image.cmake
    DEPENDS ${fatbin} ${CMAKE_SOURCE_DIR}/cmake/embed-image.cmake
    COMMENT "Embedding ${name}"
    VERBATIM)
  target_sources(${target} PRIVATE ${image})
endfunction()
