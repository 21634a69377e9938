/*
 * cudasim.h - how tests talk to the simulated driver beside its cu* functions.
 *
 * The library stands in for libcuda.so.1: programs find it through AEOLIAN_LIBCUDA and are
 * otherwise unchanged. It runs kernels as C, streams on threads of its own, and looks for what a
 * real GPU would punish. Settings come from the environment variable AEOLIAN_CUDASIM or from
 * cudasim_configure, as "name=value,name=value":
 *   devices=N    how many there are (1)         memory=BYTES  of each (4 GiB)
 *   compute=N    10 x compute capability (90)   taken=BYTES   of it by other programs (0)
 *   mode=N       0, 2: closed to programs, 3: another program has it for itself (0)
 *   driver=N     its version (13000)            real=1        refuses a stub of kernels (0)
 *   workers=N    threads that run streams (1)   seed=N        of everything random (1)
 *   adversary=1  independent work in any legal order, memory poisoned, races looked for (0)
 *   fail=N       the N-th call fails (0: none)  error=CODE    with this (719)
 *   hang=N       the N-th kernel never ends (0) slow_us=N     each kernel takes longer by (0)
 *   idle=1       kernels are checked, and do nothing (0)
 * memory, taken, compute and mode may list a value for each device, "memory=1:2:3"; the last one
 * holds for those that follow. Any thread.
 */
#ifndef TESTS_CUDASIM_CUDASIM_H
#define TESTS_CUDASIM_CUDASIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)

// Starts over with the settings of TEXT: counters, errors and random numbers begin anew, work that
// hangs is thrown away. False when TEXT cannot be read or memory is still taken.
bool cudasim_configure(const char *text);

// Of all cu* functions since then, those that ask again whether an event has passed left out: how
// many those are is chance. The setting `fail` counts alike.
uint64_t cudasim_calls(void);
uint64_t cudasim_calls_of(const char *name); // of the function NAME, repeated questions included
uint64_t cudasim_launches(void); // kernels, those in graphs included

// What is taken and was not given back: device and pinned bytes, streams, events, graphs, modules
// and contexts.
uint64_t cudasim_live_bytes(void);
uint64_t cudasim_live_objects(void);

// The first thing that a program must not do and this one did, as one line; false when there was
// none.
bool cudasim_fault(char *line, size_t cap);

#pragma GCC visibility pop

#endif
