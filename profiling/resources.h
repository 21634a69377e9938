// What a process holds at this moment, as Linux and the C library tell. Any thread.
#ifndef PROFILING_RESOURCES_H
#define PROFILING_RESOURCES_H

struct resources {
    double rss_mb;      // resident memory
    double heap_mb;     // in use by malloc; of this process only, else below 0
    double descriptors; // open files
    double threads;
    double cpu_s;       // spent so far
};

// Of the process PID; 0 is this one. Members that cannot be had are below 0.
struct resources resources_read(int pid);

#endif
