# aeolian_lane_objects(target source...): compiles each source once per instruction set and links
# all of the copies into the target. A copy knows which it is by one macro (LANE_AVX512, LANE_AVX2,
# LANE_SSE, LANE_NEON or LANE_PLAIN) and names its entry points with LANE_SUFFIX. The program picks
# a copy at start. AEOLIAN_LANES lists the sets of this processor family; a target that links the
# copies sees AEO_LANES_X86 and AEO_LANES_ARM defined as 0 or 1.
# The thread sanitizer does not watch lane code: it is arithmetic on memory that its caller hands
# over, and watched it would run slower than real time.

set(aeolian_flags_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mbmi2
    -mprefer-vector-width=512)
set(aeolian_flags_avx2 -mavx2 -mfma)
set(aeolian_flags_sse "")
set(aeolian_flags_neon "")
set(aeolian_flags_plain "")

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(AEOLIAN_LANES avx512 avx2 sse plain)
  set(aeolian_lanes_family AEO_LANES_X86=1 AEO_LANES_ARM=0)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(AEOLIAN_LANES neon plain)
  set(aeolian_lanes_family AEO_LANES_X86=0 AEO_LANES_ARM=1)
else()
  set(AEOLIAN_LANES plain)
  set(aeolian_lanes_family AEO_LANES_X86=0 AEO_LANES_ARM=0)
endif()

set(aeolian_unwatched "")
if(AEO_SANITIZE STREQUAL "thread")
  set(aeolian_unwatched -fno-sanitize=thread)
endif()

function(aeolian_lane_objects target)
  target_compile_definitions(${target} PRIVATE ${aeolian_lanes_family})
  foreach(source IN LISTS ARGN)
    get_filename_component(stem ${source} NAME_WE)
    foreach(lane IN LISTS AEOLIAN_LANES)
      string(TOUPPER ${lane} upper)
      set(objects ${target}_${stem}_${lane})
      add_library(${objects} OBJECT ${source})
      target_compile_definitions(${objects} PRIVATE LANE_${upper} LANE_SUFFIX=${lane}
        ${aeolian_lanes_family} $<TARGET_PROPERTY:${target},INTERFACE_COMPILE_DEFINITIONS>)
      target_include_directories(${objects} PRIVATE ${CMAKE_SOURCE_DIR}
        $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
      # Comes after the flags of the build type and so wins over -O0.
      target_compile_options(${objects} PRIVATE ${aeolian_flags_${lane}}
        $<IF:$<CONFIG:Release>,-O3,-O2> ${aeolian_unwatched})
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
    endforeach()
  endforeach()
endfunction()
