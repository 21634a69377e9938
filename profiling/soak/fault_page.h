// A page of memory that a soak run shares with its server, to ask it for faults: AEOLIAN_FAULT_PAGE
// in the server's environment names the file to be mapped. Without it nothing of this is ever
// looked at. Readers: the renderer that misbehaves (renderer_flaky.c) and the tests' library that
// is loaded before the C library (tests/soak/server_faults.c). Single words, any thread.
#ifndef PROFILING_SOAK_FAULT_PAGE_H
#define PROFILING_SOAK_FAULT_PAGE_H

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAULT_PAGE_ENVIRONMENT "AEOLIAN_FAULT_PAGE"
#define FAULT_RENDERER_ENVIRONMENT "AEOLIAN_FAULT_RENDERER" // "1": with the renderer for it

enum fault_plant { PLANT_NONE, PLANT_LEAK, PLANT_DESCRIPTORS };

struct fault_page {
    _Atomic uint32_t lost;         // not 0: the renderer is lost with its next batch
    _Atomic uint32_t late_ms;      // what a batch takes longer
    _Atomic int64_t clock_step_ns; // what CLOCK_REALTIME is ahead
    _Atomic uint32_t plant;        // enum fault_plant: a defect on purpose
};

// The page of this process's environment, mapped until its end; NULL: there is none.
static inline struct fault_page *fault_page_map(void) {
    const char *path = getenv(FAULT_PAGE_ENVIRONMENT);
    int file = path && *path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return NULL;
    void *page = mmap(NULL, sizeof(struct fault_page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return page == MAP_FAILED ? NULL : page;
}

#endif
