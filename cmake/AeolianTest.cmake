# aeolian_test(name SOURCES file... [LIBS target...] [LABELS label...] [TIMEOUT s] [ARGS arg...]
#              [ENV NAME=VALUE...] [SERIAL]): a C test program and its ctest entry; cmocka and the
# root include folder come with it, and AEO_SOURCE_DIR, AEO_BINARY_DIR, AEO_PROGRAM as strings.
# aeolian_command_test(name COMMAND ... [LABELS] [TIMEOUT] [ENV] [SERIAL]): any other command, run
# in the source folder; AEO_PROGRAM, AEO_SOURCE_DIR and AEO_BINARY_DIR come as environment.
# aeolian_test_program(name SOURCES ... [LIBS] [LABELS]): a helper program without a ctest entry.
#
# Labels that decide where a test runs besides release: `asan` (address and undefined behaviour
# sanitizers), `tsan` (thread sanitizer), `clang` (identity build with clang). Others are free.
# The targets tests_asan, tests_tsan and tests_clang build just the programs of that label.
# SERIAL: no other test runs beside it; for whatever measures time or plays in real time.
# A command that exits with 77 counts as skipped.

set(AEO_PROGRAM ${CMAKE_BINARY_DIR}/aeolian)

foreach(label asan tsan clang)
  add_custom_target(tests_${label})
endforeach()

# Shared tail of both functions: labels, time limit, environment.
function(aeolian_test_properties name labels timeout env serial)
  if(NOT timeout)
    set(timeout 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} LABELS "${labels}"
    RUN_SERIAL "${serial}" SKIP_RETURN_CODE 77)
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "AEO_PROGRAM=${AEO_PROGRAM};AEO_SOURCE_DIR=${CMAKE_SOURCE_DIR};\
AEO_BINARY_DIR=${CMAKE_BINARY_DIR};ASAN_OPTIONS=detect_stack_use_after_return=1;\
UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1;${env}")
endfunction()

function(aeolian_test_program name)
  cmake_parse_arguments(T "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE AEO_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    AEO_BINARY_DIR="${CMAKE_BINARY_DIR}" AEO_PROGRAM="${AEO_PROGRAM}")
  target_link_libraries(${name} PRIVATE ${T_LIBS} PkgConfig::CMOCKA Threads::Threads m)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/bin)
  foreach(label IN LISTS T_LABELS)
    if(TARGET tests_${label})
      add_dependencies(tests_${label} ${name})
    endif()
  endforeach()
endfunction()

function(aeolian_test name)
  cmake_parse_arguments(T "SERIAL" "TIMEOUT" "SOURCES;LIBS;LABELS;ARGS;ENV" ${ARGN})
  aeolian_test_program(${name} SOURCES ${T_SOURCES} LIBS ${T_LIBS} LABELS ${T_LABELS})
  add_test(NAME ${name} COMMAND ${name} ${T_ARGS} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  aeolian_test_properties(${name} "${T_LABELS}" "${T_TIMEOUT}" "${T_ENV}" "${T_SERIAL}")
endfunction()

function(aeolian_command_test name)
  cmake_parse_arguments(T "SERIAL" "TIMEOUT" "COMMAND;LABELS;ENV" ${ARGN})
  # Programs that the command or its environment names must be built wherever the test runs.
  foreach(word IN LISTS T_COMMAND T_ENV)
    string(REGEX REPLACE ".*<TARGET_FILE:([^>]*)>.*" "\\1" program "${word}")
    if(TARGET ${program})
      foreach(label IN LISTS T_LABELS)
        if(TARGET tests_${label})
          add_dependencies(tests_${label} ${program})
        endif()
      endforeach()
    endif()
  endforeach()
  add_test(NAME ${name} COMMAND ${T_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  aeolian_test_properties(${name} "${T_LABELS}" "${T_TIMEOUT}" "${T_ENV}" "${T_SERIAL}")
endfunction()
