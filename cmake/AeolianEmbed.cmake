# aeolian_embed(target name [BASE folder] file...): links files into a target as byte arrays.
# Generates name.c and name.h; the target includes "name.h" and finds there
#   struct embedded_file { const char *path; const unsigned char *data; size_t size; };
#   extern const struct embedded_file name[];  extern const size_t name_count;
# path is relative to BASE (default: the calling folder); a zero byte follows each file's data, so
# that text may be used as a string. Made at build time, made again when a file changes.

function(aeolian_embed target name)
  cmake_parse_arguments(EMBED "" "BASE" "" ${ARGN})
  if(NOT EMBED_BASE)
    set(EMBED_BASE ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  get_filename_component(base ${EMBED_BASE} ABSOLUTE)
  set(inputs)
  foreach(file IN LISTS EMBED_UNPARSED_ARGUMENTS)
    get_filename_component(full ${file} ABSOLUTE)
    list(APPEND inputs ${full})
  endforeach()
  set(folder ${CMAKE_BINARY_DIR}/embedded)
  string(REPLACE ";" "\n" listing "${inputs}")
  file(GENERATE OUTPUT ${folder}/${name}.list CONTENT "${listing}\n")
  add_custom_command(
    OUTPUT ${folder}/${name}.c ${folder}/${name}.h
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DBASE=${base} -DLIST=${folder}/${name}.list
            -DFOLDER=${folder} -P ${CMAKE_SOURCE_DIR}/cmake/embed-files.cmake
    DEPENDS ${inputs} ${folder}/${name}.list ${CMAKE_SOURCE_DIR}/cmake/embed-files.cmake
    COMMENT "Embedding ${name}"
    VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${name}.c ${folder}/${name}.h)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
