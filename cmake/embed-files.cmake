# The build step behind aeolian_embed(): writes NAME.c and NAME.h into FOLDER from the files named,
# one a line, in LIST. Run as a script: cmake -DNAME= -DBASE= -DLIST= -DFOLDER= -P this file.

file(STRINGS ${LIST} files)
set(arrays "")
set(rows "")
set(count 0)
foreach(file IN LISTS files)
  file(READ ${file} hex HEX)
  file(RELATIVE_PATH path ${BASE} ${file})
  string(LENGTH "${hex}" size)
  math(EXPR size "${size} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const unsigned char file_${count}[] = {${bytes}0x00};\n")
  string(APPEND rows "    {\"${path}\", file_${count}, ${size}},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${FOLDER}/${NAME}.h.new "// Generated: the files linked into the program as ${NAME}.
#ifndef EMBEDDED_${NAME}_H
#define EMBEDDED_${NAME}_H
#include <stddef.h>
#ifndef EMBEDDED_FILE_DEFINED
#define EMBEDDED_FILE_DEFINED
struct embedded_file {
    const char *path;
    const unsigned char *data; // a zero byte follows the last one
    size_t size;
};
#endif
extern const struct embedded_file ${NAME}[];
extern const size_t ${NAME}_count;
#endif
")
file(WRITE ${FOLDER}/${NAME}.c "// Generated: the files linked into the program as ${NAME}.
#include \"${NAME}.h\"

${arrays}
const struct embedded_file ${NAME}[] = {
${rows}    {NULL, NULL, 0},
};
const size_t ${NAME}_count = ${count};
")
file(RENAME ${FOLDER}/${NAME}.h.new ${FOLDER}/${NAME}.h)
