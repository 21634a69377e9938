# Flags every C file of the project gets. The number rules stand here and nowhere else: equal
# bits on every machine need strict ISO C (C_EXTENSIONS OFF), no contraction of a*b+c into a fused
# multiply-add by the compiler's own choice, and no fast-math. Assertions stay on in release.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELEASE "-O3 -g")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g")

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# The gcc 12 and clang 14 of Debian 12 know all of these.
add_compile_options(
  $<$<COMPILE_LANGUAGE:C>:-ffp-contract=off>
  $<$<COMPILE_LANGUAGE:C>:-fno-math-errno>
  $<$<COMPILE_LANGUAGE:C>:-Wall>
  $<$<COMPILE_LANGUAGE:C>:-Wextra>
  $<$<COMPILE_LANGUAGE:C>:-Wpedantic>
  $<$<COMPILE_LANGUAGE:C>:-Wshadow>
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
  $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  $<$<COMPILE_LANGUAGE:C>:-Wpointer-arith>
  $<$<COMPILE_LANGUAGE:C>:-Wwrite-strings>
  $<$<COMPILE_LANGUAGE:C>:-Wvla>
  $<$<COMPILE_LANGUAGE:C>:-Wformat=2>
  $<$<COMPILE_LANGUAGE:C>:-Wundef>
  $<$<COMPILE_LANGUAGE:C>:-Werror=switch>
  $<$<COMPILE_LANGUAGE:C>:-Werror=implicit-function-declaration>
  $<$<COMPILE_LANGUAGE:C>:-Werror=incompatible-pointer-types>)
if(AEO_WERROR)
  add_compile_options($<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()

# Strict C11 hides POSIX and Linux calls (clock_gettime, CPU affinity) unless they are asked for.
add_compile_definitions($<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE>)

# Without -O a sanitized render would take minutes, so the sanitizer builds optimise a little.
if(AEO_SANITIZE)
  set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
  add_compile_options($<$<COMPILE_LANGUAGE:C>:-fsanitize=${AEO_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:C>:-fno-omit-frame-pointer>)
  add_link_options(-fsanitize=${AEO_SANITIZE})
  if(AEO_SANITIZE MATCHES "undefined")
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-fno-sanitize-recover=undefined>)
  endif()
endif()
