# The leaves of profiling/, as objects that go into the library `engine`, so that every folder that
# links it may mark its stages. NVTX comes with the CUDA toolkit; without it ranges are empty.
add_library(profiling_leaves OBJECT ${CMAKE_CURRENT_LIST_DIR}/range.c)
target_include_directories(profiling_leaves PRIVATE ${CMAKE_SOURCE_DIR})
find_path(AEO_NVTX nvtx3/nvToolsExt.h PATHS /usr/local/cuda/include)
if(AEO_NVTX)
  target_include_directories(profiling_leaves SYSTEM PRIVATE ${AEO_NVTX})
  target_compile_definitions(profiling_leaves PRIVATE RANGE_NVTX)
endif()
