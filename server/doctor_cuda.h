// What the CUDA driver of this machine says of itself, asked through libcuda.so.1 loaded at run
// time: no toolkit is needed to build this, and no driver to run it. Main thread.
#ifndef SERVER_DOCTOR_CUDA_H
#define SERVER_DOCTOR_CUDA_H

enum { DOCTOR_CUDA_DEVICES_MAX = 16 };

struct doctor_cuda_device {
    char name[128];
    int compute_major, compute_minor;
    int multiprocessors;
    double memory_gib;
};

struct doctor_cuda {
    int driver_version;   // 13000 for 13.0; 0 without a driver
    int device_count;     // of which at most DOCTOR_CUDA_DEVICES_MAX are described
    char reason[256];     // why there is nothing to use; "" when there is
    struct doctor_cuda_device devices[DOCTOR_CUDA_DEVICES_MAX];
};

void doctor_cuda_ask(struct doctor_cuda *answer);

#endif
