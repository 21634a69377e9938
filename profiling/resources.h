// What a process holds at this moment, as Linux and the C library tell. Any thread.
#ifndef PROFILING_RESOURCES_H
#define PROFILING_RESOURCES_H

#include <stddef.h>

struct resources {
    double rss_mb;      // resident memory
    double heap_mb;     // in use by malloc; of this process only, else below 0
    double descriptors; // open files
    double threads;
    double cpu_s;       // spent so far
};

// Writes into every page of fresh memory without changing it, so that all of it is resident from
// now on. Else pages come bit by bit as they are first used, which costs whoever uses them time and
// looks like a leak for hours. Nobody else may use MEMORY yet.
void resources_touch(void *memory, size_t bytes);

// Of the process PID; 0 is this one. Members that cannot be had are below 0.
struct resources resources_read(int pid);

#endif
