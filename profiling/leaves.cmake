# The leaves of profiling/, as objects that go into the library `engine`, so that every folder that
# links it may mark its stages and tell of them. NVTX comes with the CUDA toolkit; without it no
# tool sees the ranges.
add_library(profiling_leaves OBJECT
  ${CMAKE_CURRENT_LIST_DIR}/histogram.c ${CMAKE_CURRENT_LIST_DIR}/meters.c
  ${CMAKE_CURRENT_LIST_DIR}/nvml.c ${CMAKE_CURRENT_LIST_DIR}/range.c
  ${CMAKE_CURRENT_LIST_DIR}/resources.c ${CMAKE_CURRENT_LIST_DIR}/trace.c
  ${CMAKE_CURRENT_LIST_DIR}/trace_file.c ${CMAKE_CURRENT_LIST_DIR}/trace_json.c)
target_include_directories(profiling_leaves PRIVATE ${CMAKE_SOURCE_DIR})
find_path(AEO_NVTX nvtx3/nvToolsExt.h PATHS /usr/local/cuda/include)
if(AEO_NVTX)
  target_include_directories(profiling_leaves SYSTEM PRIVATE ${AEO_NVTX})
  target_compile_definitions(profiling_leaves PRIVATE RANGE_NVTX)
endif()
