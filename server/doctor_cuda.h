// What `doctor` and every engine of the program are told of CUDA. The commands may not know gpu/;
// main.c does, and fills this in before it runs one. Main thread.
#ifndef SERVER_DOCTOR_CUDA_H
#define SERVER_DOCTOR_CUDA_H

enum { DOCTOR_CUDA_DEVICES_MAX = 16 };

struct doctor_cuda_device {
    char name[128];
    int compute_major, compute_minor;
    int multiprocessors;
    double memory_gib, free_gib;
    char use[128]; // "auto takes it", or why it does not
};

struct doctor_cuda {
    int driver_version;   // 13000 for 13.0; 0 without a driver
    int device_count;     // of which at most DOCTOR_CUDA_DEVICES_MAX are described
    const char *kernels;  // architectures that were built in; "stub" for none
    char reason[256];     // why there is nothing to use; "" when there is
    struct doctor_cuda_device devices[DOCTOR_CUDA_DEVICES_MAX];
};

// Set by main.c.
extern void (*doctor_cuda_ask)(struct doctor_cuda *answer);

#endif
