# Run by a build (cmake -DSOURCE=... -DOUT=... -P): writes OUT, a C file that names the commit of
# the checkout SOURCE, with "+" behind it when files differ from it. Untouched when nothing changed.
cmake_minimum_required(VERSION 3.24)
set(commit unknown)
find_program(git git)
if(git)
  execute_process(COMMAND ${git} describe --always --dirty=+ --abbrev=10 --match=NONE
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE found RESULT_VARIABLE failed
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    set(commit "${found}")
  endif()
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "extern const char bench_commit[];
const char bench_commit[] = \"@commit@\";
" @ONLY)
