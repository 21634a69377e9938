# Writes the fat binary INPUT as the C file OUTPUT, with the symbols of gpu/image.h. An incbin is
# one line for the assembler, where an array of a megabyte would be a million tokens for the C
# compiler. CONTENTS: the architectures, for people.
file(SIZE ${INPUT} bytes)
file(WRITE ${OUTPUT} "// Made from kernels.cu by the build: see gpu/image.h.
#include \"gpu/image.h\"

__asm__(\".section .rodata\\n.balign 8\\n.globl gpu_image\\n.type gpu_image, @object\\n\"
        \"gpu_image: .incbin \\\"${INPUT}\\\"\\n.byte 0\\n\"
        \".size gpu_image, . - gpu_image\\n.previous\\n\");
const size_t gpu_image_bytes = ${bytes};
const bool gpu_image_is_stub = false;
const char gpu_image_contents[] = \"${CONTENTS}\";
")
