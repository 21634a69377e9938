// A management library of our own: one device, 37 % busy, 3 of 8 GiB in use. What the program asks
// of NVIDIA's is answered with the same signatures.
#include <stddef.h>

struct utilisation {
    unsigned gpu, memory;
};

struct memory {
    unsigned long long total, free, used;
};

int nvmlInit_v2(void);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetUtilizationRates(void *device, struct utilisation *utilisation);
int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory);

static int the_device;

int nvmlInit_v2(void) {
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    *device = index == 0 ? &the_device : NULL;
    return index == 0 ? 0 : 2; // invalid argument
}

int nvmlDeviceGetUtilizationRates(void *device, struct utilisation *utilisation) {
    if (device != &the_device) return 2;
    *utilisation = (struct utilisation){37, 12};
    return 0;
}

int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory) {
    if (device != &the_device) return 2;
    *memory = (struct memory){8ull << 30, 5ull << 30, 3ull << 30};
    return 0;
}
