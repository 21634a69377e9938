# Writes the fat binary INPUT as the C file OUTPUT, with the symbols NAME, NAME_bytes, NAME_is_stub
# and NAME_contents that HEADER declares. An incbin is one line for the assembler, where an array of
# a megabyte would be a million tokens for the C compiler. CONTENTS: the architectures, for people.
file(SIZE ${INPUT} bytes)
file(WRITE ${OUTPUT} "// Made by the build from kernels: see ${HEADER}.
#include \"${HEADER}\"

__asm__(\".section .rodata\\n.balign 8\\n.globl ${NAME}\\n.type ${NAME}, @object\\n\"
        \"${NAME}: .incbin \\\"${INPUT}\\\"\\n.byte 0\\n\"
        \".size ${NAME}, . - ${NAME}\\n.previous\\n\");
const size_t ${NAME}_bytes = ${bytes};
const bool ${NAME}_is_stub = false;
const char ${NAME}_contents[] = \"${CONTENTS}\";
")
