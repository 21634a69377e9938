// How one result of the benchmark stands against another: for each figure that both have, how many
// times as good the second is, and whether that is more than the repeats of the two explain. The
// noise of a figure is what lies between its best and its worst repeat; the bound what both noises
// add up to, and 1 % at least, which the place of code in memory alone can do. Main thread.
#include "profiling/bench.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/options.h" // usage_error

#define NOISE_LEAST 0.01

enum verdict { WITHIN, BETTER, WORSE, UNKNOWN, VERDICTS };

struct tally {
    uint32_t verdicts[VERDICTS], only_a, only_b;
};

// The result in PATH, or NULL with a line.
static json_t *result_read(const char *path) {
    json_error_t error;
    json_t *result = json_load_file(path, 0, &error);
    if (!result) {
        if (error.line > 0)
            failure("bench", "%s: line %d: %s", path, error.line, error.text);
        else
            failure("bench", "%s", error.text);
        return NULL;
    }
    const char *schema = json_string_value(json_object_get(result, "schema"));
    bool known = schema && strcmp(schema, BENCH_SCHEMA) == 0;
    if (known && json_is_array(json_object_get(result, "rows"))) return result;
    if (known)
        failure("bench", "%s: has no rows", path);
    else
        failure("bench", "%s: its schema is %s; this program compares \"" BENCH_SCHEMA "\"", path,
                schema ? schema : "not given");
    json_decref(result);
    return NULL;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "?";
}

static void machine_print(const char *letter, const char *path, const json_t *result) {
    const json_t *machine = json_object_get(result, "machine");
    printf("%s: %s: %s, %lld cores, governor %s, %.0f GB, %s; %s; commit %s; %s; load %.1f%s\n",
           letter, path, text_of(machine, "processor"),
           (long long)json_integer_value(json_object_get(machine, "cores")),
           text_of(machine, "governor"),
           (double)json_integer_value(json_object_get(machine, "memory_bytes")) * 1e-9,
           text_of(machine, "system"), text_of(machine, "compiler"), text_of(machine, "commit"),
           text_of(machine, "date"), json_number_value(json_object_get(machine, "load")),
           json_is_true(json_object_get(result, "quick")) ? "; quick" : "");
}

static const json_t *row_find(const json_t *result, const json_t *like) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(result, "rows"), i, row) {
        if (strcmp(text_of(row, "group"), text_of(like, "group")) == 0 &&
            strcmp(text_of(row, "name"), text_of(like, "name")) == 0 &&
            strcmp(text_of(row, "unit"), text_of(like, "unit")) == 0)
            return row;
    }
    return NULL;
}

struct figure {
    double value; // 0: the file has it not
    double noise; // as a share of the value
    size_t repeats;
};

static struct figure figure_of(const json_t *row, const char *isa) {
    const json_t *figure = json_object_get(json_object_get(row, "figures"), isa);
    const json_t *repeats = json_object_get(figure, "repeats");
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < json_array_size(repeats); i++) {
        double value = json_number_value(json_array_get(repeats, i));
        low = fmin(low, value);
        high = fmax(high, value);
    }
    double value = json_number_value(json_object_get(figure, "value"));
    // A repeat that came out as nothing (the difference of two times) is no bound.
    return low > 0 && high > 0
               ? (struct figure){value, high / low - 1, json_array_size(repeats)}
               : (struct figure){value, 0, 0};
}

static enum verdict judge(double ratio, double bound, bool known) {
    if (!known) return UNKNOWN;
    if (ratio > 1 + bound) return BETTER;
    // As far the other way: half as good is as much as twice as good.
    return ratio < 1 / (1 + bound) ? WORSE : WITHIN;
}

static void figure_compare(const json_t *row, const char *isa, struct figure a,
                           struct figure b, struct tally *tally) {
    static const char *const words[VERDICTS] = {"", "better", "WORSE", "one repeat: no bound"};
    bool more = strcmp(text_of(row, "better"), "more") == 0;
    double ratio = more ? b.value / a.value : a.value / b.value;
    double bound = fmax(NOISE_LEAST, a.noise + b.noise);
    enum verdict verdict = judge(ratio, bound, a.repeats > 1 && b.repeats > 1);
    tally->verdicts[verdict]++;
    printf("  %-70.70s %-7s %10.4g -> %10.4g %-3s %8.3f", text_of(row, "name"), isa, a.value,
           b.value, text_of(row, "unit"), ratio);
    if (verdict == UNKNOWN)
        printf("          %s\n", words[verdict]);
    else
        printf(" ± %.3f%s%s\n", bound * ratio, verdict == WITHIN ? "" : "  ", words[verdict]);
}

// Every figure of A that B has too; what only one of them has is counted.
static void rows_compare(const json_t *a, const json_t *b, struct tally *tally) {
    const char *group = "";
    size_t i;
    json_t *row, *figure;
    const char *isa;
    json_array_foreach(json_object_get(a, "rows"), i, row) {
        const json_t *other = row_find(b, row);
        if (strcmp(group, text_of(row, "group")) != 0) printf("%s\n", text_of(row, "group"));
        group = text_of(row, "group");
        json_object_foreach(json_object_get(row, "figures"), isa, figure) {
            struct figure in_a = figure_of(row, isa), in_b = figure_of(other, isa);
            if (in_a.value > 0 && in_b.value > 0)
                figure_compare(row, isa, in_a, in_b, tally);
            else
                tally->only_a++;
        }
    }
    json_array_foreach(json_object_get(b, "rows"), i, row) {
        json_object_foreach(json_object_get(row, "figures"), isa, figure) {
            if (figure_of(row_find(a, row), isa).value == 0) tally->only_b++;
        }
    }
}

int bench_compare(int count, char **arguments) {
    if (count != 2)
        return usage_error("bench", "--compare takes two files that --json wrote: --compare A.json "
                                    "B.json");
    json_t *a = result_read(arguments[0]);
    json_t *b = a ? result_read(arguments[1]) : NULL;
    if (a && b) {
        struct tally tally = {0};
        machine_print("A", arguments[0], a);
        machine_print("B", arguments[1], b);
        printf("A -> B, and how many times as good B is (above 1 is better) ± what the repeats of "
               "both explain\n\n");
        rows_compare(a, b, &tally);
        printf("\n%u better, %u worse, %u within the noise, %u without a bound; %u only in A, %u "
               "only in B\n",
               tally.verdicts[BETTER], tally.verdicts[WORSE], tally.verdicts[WITHIN],
               tally.verdicts[UNKNOWN], tally.only_a, tally.only_b);
    }
    int status = a && b ? 0 : EXIT_FAILED;
    json_decref(a);
    json_decref(b);
    return status;
}
