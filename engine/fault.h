// Filling in a fault record. Inside engine/ only; the record itself is public (engine/status.h).
#ifndef ENGINE_FAULT_H
#define ENGINE_FAULT_H

#include "engine/status.h" // aeo_status, aeo_fault

// Fills FAULT (may be NULL) with STATUS, FIELD (may be NULL) and a printf-style message, both cut
// to
// fit, and returns STATUS, so that `return fault_set(...)` reads as one step. Any thread.
__attribute__((format(printf, 4, 5))) enum aeo_status
fault_set(aeo_fault *fault, enum aeo_status status, const char *field, const char *format, ...);

#endif
