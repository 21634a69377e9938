// The test of the tree reader: it writes small trees with one injected breach each and expects
// exactly that breach, at that file and line; near misses expect none. So a rule that has gone
// blind fails here, not years later. One thread; trees live in a temporary folder.
#include "tests/tidy/tidy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

// Opens a fixture file properly, so that only the injected breach is one.
#define OPENING "// A file of a fixture tree, with a comment long enough to open it.\n"
#define HASH_OPENING "# A file of a fixture tree, with a comment long enough to open it.\n"
#define LONG_LINE_99 "// 4567890123456789012345678901234567890123456789" \
                     "01234567890123456789012345678901234567890123456789"

struct fixture {
    const char *path;
    const char *text;
    const char *rule; // NULL: nothing may be reported
    int line;
};

static const struct fixture fixtures[] = {
    // include rules, one row of the table after the other
    {"voices/a.c", OPENING "#include \"engine/plan.h\"\n", "include", 2},
    {"voices/a.c", OPENING "#include <math.h>\n", "include", 2},
    {"voices/a.c", OPENING "\n#  include <stdio.h>\n", "include", 3},
    {"voices/a.c", OPENING "#include <cuda.h>\n", "include", 2},
    {"voices/a.c", OPENING "#include <stdint.h>\n#include <immintrin.h>\n", NULL, 0},
    {"engine/aeolian.h", OPENING "#include \"engine/session.h\"\n", "include", 2},
    {"engine/status.h", OPENING "#include \"engine/plan.h\"\n", "include", 2},
    {"engine/a.c", OPENING "#include \"gpu/pool.h\"\n", "include", 2},
    {"engine/a.c", OPENING "#include \"server/http.h\"\n", "include", 2},
    {"engine/a.c", OPENING "#include <opus/opus.h>\n", "include", 2},
    {"engine/a.c", OPENING "#include <sys/socket.h>\n", "include", 2},
    {"engine/a.c", OPENING "#include <portaudio.h>\n", "include", 2},
    {"engine/a.c", OPENING "#include \"profiling/bench.h\"\n", "include", 2},
    {"engine/a.c", OPENING "#include \"../voices/lane.h\"\n", "include", 2},
    {"engine/a.c", OPENING "#include \"voices/lane.h\"\n#include \"profiling/trace.h\"\n"
                           "#include <jansson.h>\n#include <pthread.h>\n", NULL, 0},
    {"gpu/a.c", OPENING "#include \"engine/session.h\"\n", "include", 2},
    {"gpu/a.c", OPENING "#include \"server/http.h\"\n", "include", 2},
    {"gpu/a.c", OPENING "#include \"engine/plan.h\"\n#include <cuda.h>\n", NULL, 0},
    {"server/a.c", OPENING "#include \"engine/session.h\"\n", "include", 2},
    {"server/a.c", OPENING "#include \"voices/lane.h\"\n", "include", 2},
    {"server/a.c", OPENING "#include \"gpu/cuda.h\"\n", "include", 2},
    {"server/a.c", OPENING "#include <cuda_runtime.h>\n", "include", 2},
    {"server/a.c", OPENING "#include \"engine/aeolian.h\"\n#include <libwebsockets.h>\n"
                           "#include <opus/opus.h>\n#include \"web_files.h\"\n", NULL, 0},
    {"server/main.c", OPENING "#include \"gpu/cuda.h\"\n#include \"profiling/soak.h\"\n", NULL, 0},
    {"profiling/trace.h", OPENING "#include \"engine/plan.h\"\n", "include", 2},
    {"examples/a.c", OPENING "#include \"engine/session.h\"\n", "include", 2},
    {"tests/a.c", OPENING "#include \"engine/session.h\"\n#include <math.h>\n", NULL, 0},
    {"engine/a.c", OPENING "// #include \"gpu/pool.h\"\n", NULL, 0},
    // columns
    {"engine/a.c", OPENING LONG_LINE_99 "01\n", "columns", 2},
    {"engine/a.c", OPENING LONG_LINE_99 "0\n", NULL, 0},
    {"engine/a.c", OPENING LONG_LINE_99 "\u00e9\n", NULL, 0},
    {"server/web/a.js", OPENING LONG_LINE_99 "01\n", "columns", 2},
    {"scripts/a", "#!/bin/sh\n" HASH_OPENING "#" LONG_LINE_99 "0\n", "columns", 3},
    {"docs/a.md", LONG_LINE_99 LONG_LINE_99 "\n", NULL, 0},
    {"engine/a.c", OPENING "int a;", "last-line", 2},
    // banned calls
    {"engine/a.c", OPENING "void f(void) { strcpy(a, b); }\n", "call", 2},
    {"server/a.c", OPENING "void f(void) {\n    sprintf(a, b);\n}\n", "call", 3},
    {"server/a.c", OPENING "#define F(x) strcat (x, x)\n", "call", 2},
    {"server/a.c", OPENING "void f(void) { vsprintf(a, b, c); }\n", "call", 2},
    {"tests/a.c", OPENING "int f(void) { return rand(); }\n", "call", 2},
    {"tests/a.c", OPENING "void f(void) { srand(1); }\n", "call", 2},
    {"tests/a.c", OPENING "void f(void) { gets(a); }\n", "call", 2},
    {"gpu/a.cu", OPENING "void f(void) { alloca(4); }\n", "call", 2},
    {"voices/a.h", OPENING "static float f(void) { return sinf(1); }\n", "call", 2},
    {"voices/a.h", OPENING "static float f(void) { return __builtin_tanhf(1); }\n", "call", 2},
    {"voices/a.h", OPENING "static void f(void) { printf(\"\"); }\n", "call", 2},
    {"voices/a.h", OPENING "static void *f(void) { return malloc(4); }\n", "call", 2},
    {"voices/a.h", OPENING "static float f(void) { return __builtin_fmaf(a, b, c); }\n", NULL, 0},
    {"engine/a.c", OPENING "double f(void) { return exp2(2); }\n", "call", 2},
    {"engine/a.c", OPENING "double f(void) { return powf(2, 2); }\n", "call", 2},
    {"engine/a.c", OPENING "double f(void) { return fma(2, 2, fmaf(1, 1, 1)); }\n", NULL, 0},
    {"engine/a.c", OPENING "void f(void) { g(\"strcpy(a)\"); } // rand()\n", NULL, 0},
    {"engine/a.c", OPENING "void f(void) { a->rand(); b.log(1); /* gets(a) */ }\n", NULL, 0},
    {"tests/a.c", OPENING "double f(void) { return sin(2); }\n", NULL, 0},
    {"server/web/a.js", OPENING "const x = Math.exp(rand());\n", NULL, 0},
    // opening comments
    {"engine/a.c", "int a;\n", "opening", 1},
    {"engine/a.c", "// a.c\nint a;\n", "opening", 1},
    {"engine/a.c", "\n" OPENING, "opening", 1},
    {"engine/a.c", "/* A file whose opening is a block, long enough\n * to count as one. */\n",
     NULL, 0},
    {"server/web/a.js", "export const a = 1;\n", "opening", 1},
    {"server/web/a.css", "body { color: red; }\n", "opening", 1},
    {"engine/a.c", "// See a.h.\n#include \"engine/a.h\"\n", "opening", 1},
    {"scripts/a", "#!/bin/sh\necho\n", "opening", 2},
    {"scripts/a.py", "#!/usr/bin/python3\n\"\"\"A script whose opening is a docstring, long\n"
                     "enough to count.\"\"\"\n", NULL, 0},
    {"cmake/a.cmake", "set(a b)\n", "opening", 1},
    // leftovers and words
    {"engine/a.c", OPENING "// TO" "DO: more\n", "leftover", 2},
    {"docs/a.md", "one\nFIX" "ME\n", "leftover", 2},
    {"scripts/a", "#!/bin/sh\n" HASH_OPENING "# XX" "X\n", "leftover", 3},
    {"engine/a.c", OPENING "static char name[] = \"/tmp/a-XXXXXX\";\n", NULL, 0},
    {"docs/a.md", "see /wo" "rk/main\n", "word", 1},
    {"docs/a.md", "see ../sha" "red/a\n", "word", 1},
    {"tests/a.json", "{\"resolved\": \"https://registry.np" "mjs.org/a\"}\n", "word", 1},
    // links
    {"docs/a.md", "see\n[this](b.md#part)\n", "link", 2},
    {"docs/a.md", "![picture](../docs/a.png)\n", "link", 1},
    {"docs/a.md", "[this](a.md), [that](#part), [host](https://example.org/b)\n", NULL, 0},
    // dead files; the list of compile commands names only live.c
    {"engine/live.c", OPENING "int a;\n", NULL, 0},
    {"engine/dead.c", OPENING "int a;\n", "target", 1},
    {"gpu/dead.cu", OPENING "int a;\n", "target", 1},
    {"engine/dead.h", OPENING "int a(void);\n", "target", 1},
};

static char root[256];

static void write_file(const char *path, const char *text) {
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    FILE *file = fopen(full, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int setup(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(root, sizeof root, "%s/tidy-XXXXXX", base ? base : "/tmp");
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

// Reads the fixture tree and expects one breach of that rule, or none when rule is NULL.
static void expect(const char *path, const char *rule, int line, const char *commands) {
    struct tidy_tree tree;
    struct tidy_report report;
    assert_true(tidy_tree_load(&tree, root));
    tidy_report_open(&report);
    tidy_check(&tree, commands, &report);
    const struct tidy_breach *breach = report.breaches;
    const bool right = rule ? report.count == 1 && strcmp(breach->path, path) == 0 &&
                                  strcmp(breach->rule, rule) == 0 && breach->line == line
                            : report.count == 0;
    if (!right)
        fail_msg("%s: expected %s at line %d, got %zu breaches, first %s:%d: %s: %s", path,
                 rule ? rule : "nothing", line, report.count, breach->path, breach->line,
                 breach->rule, breach->message);
    tidy_report_close(&report);
    tidy_tree_free(&tree);
}

static void remove_file(const char *path) {
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", root, path);
    assert_int_equal(unlink(full), 0);
}

// A fixture that tests another rule must not be reported as dead: it gets an includer, or is
// named to be compiled.
static void one_fixture(const struct fixture *fixture) {
    const bool dead = fixture->rule && strcmp(fixture->rule, "target") == 0;
    char commands[1024] = "[{\"file\": \"/src/engine/live.c\"}]";
    char includer[1024] = "";
    if (!dead) {
        snprintf(commands, sizeof commands, "\"file\": \"/src/%s\"\n\"file\": \"/src/tests/z.c\"",
                 fixture->path);
        snprintf(includer, sizeof includer, OPENING "#include \"%s\"\n", fixture->path);
        write_file("tests/z.c", includer);
        write_file("gpu/CMakeLists.txt", HASH_OPENING "add_library(gpu a.cu)\n");
    }
    write_file(fixture->path, fixture->text);
    expect(fixture->path, fixture->rule, fixture->line, commands);
    remove_file(fixture->path);
    if (!dead) {
        remove_file("tests/z.c");
        remove_file("gpu/CMakeLists.txt");
    }
}

static void test_fixtures(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof fixtures / sizeof fixtures[0]; i++) one_fixture(&fixtures[i]);
}

// A function of so many lines, its second line a brace only one side of an #if closes.
static void write_function(const char *path, const char *head, int head_lines, int lines) {
    char text[8192];
    int used = snprintf(text, sizeof text, OPENING "struct s {\n    int a;\n};\n%s", head);
    used += snprintf(text + used, sizeof text - (size_t)used,
                     "#if A\n    if (a) {\n#else\n    if (b) {\n#endif\n    }\n");
    for (int i = 0; i < lines - head_lines - 7; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "    g(\"}\"); // }\n");
    snprintf(text + used, sizeof text - (size_t)used, "}\n");
    write_file(path, text);
}

static void test_function_length(void **state) {
    (void)state;
    const char *plain = "static int f(int a) {\n", *split = "static int\nf(int a,\n  int b)\n{\n";
    write_function("engine/a.c", plain, 1, 70);
    expect("engine/a.c", NULL, 0, NULL);
    write_function("engine/a.c", plain, 1, 71);
    expect("engine/a.c", "function", 5, NULL);
    write_function("engine/a.c", split, 4, 70);
    expect("engine/a.c", NULL, 0, NULL);
    write_function("engine/a.c", split, 4, 71);
    expect("engine/a.c", "function", 5, NULL);
    write_function("engine/a.c", "extern \"C\" {\nint f(int a) {\n", 2, 72);
    expect("engine/a.c", "function", 6, NULL);
    remove_file("engine/a.c");
}

// A header by its bare name counts where its folder is on the include path, and only there.
static void test_header_by_name(void **state) {
    (void)state;
    const char *commands = "\"/src/tests/a.c\"", *header = "tests/own/outer.h";
    write_file(header, OPENING "int a(void);\n");
    write_file("tests/a.c", OPENING "#include <outer.h>\n");
    expect(header, "target", 1, commands);
    write_file("tests/CMakeLists.txt", HASH_OPENING "x(${CMAKE_SOURCE_DIR}/tests/own)\n");
    expect(header, NULL, 0, commands);
    remove_file("tests/CMakeLists.txt");
    remove_file("tests/a.c");
    remove_file(header);
}

static void test_readme_shows_the_example(void **state) {
    (void)state;
    const char *example = OPENING "int main(void) { return 0; }\n";
    write_file("examples/embed.c", example);
    write_file("README.md", "# A\n\n```c\n" OPENING "int main(void) { return 0; }\n```\n");
    expect("README.md", NULL, 0, NULL);
    write_file("README.md", "# A\n\n```c\n" OPENING "int main(void) { return 1; }\n```\n");
    expect("README.md", "readme", 3, NULL);
    write_file("README.md", "# A\n");
    expect("README.md", "readme", 1, NULL);
    remove_file("README.md");
    remove_file("examples/embed.c");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures),
        cmocka_unit_test(test_function_length),
        cmocka_unit_test(test_header_by_name),
        cmocka_unit_test(test_readme_shows_the_example),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
