// Status codes and the fault record: how every part of Aeolian says that something did not work.
//
// A function that can fail returns enum aeo_status; where a person may have to read why, it also
// fills an aeo_fault: which field was wrong, what was wrong with it and what is accepted, in one
// line. Codes are for programs, messages are for people; neither allocates.
// Any thread. Part of the public interface (engine/aeolian.h includes it).
#ifndef ENGINE_STATUS_H
#define ENGINE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum aeo_status {
    AEO_OK = 0,
    AEO_ERR_ARGUMENT, // a call that cannot be meant: NULL, a size of zero, an unknown index
    AEO_ERR_VALUE,    // a value outside what the field accepts
    AEO_ERR_MEMORY,   // memory could not be had (only ever while opening)
    AEO_ERR_FULL,     // a pool or queue of fixed size is full; try again later
    AEO_ERR_SCENE,    // no such scene, or a scene file with a mistake in it
    AEO_ERR_ADDRESS,  // not a music address, or one with parts this version does not know
    AEO_ERR_FORMAT,   // saved bytes that are damaged or from another version
    AEO_ERR_RENDERER, // the renderer asked for cannot work on this machine
    AEO_ERR_LOST,     // the renderer was lost and no other is left
    AEO_ERR_IO,       // reading or writing a file failed
    AEO_ERR_STATE,    // a call that is not allowed now (for example: set on a session not started)
    AEO_STATUS_COUNT
};

// A few lower-case words for STATUS, for example "pool full". Static text, never NULL.
const char *aeo_status_text(enum aeo_status status);

// What went wrong, for a person. Functions that take an aeo_fault accept NULL; on success they
// leave it alone.
typedef struct aeo_fault {
    enum aeo_status status;
    char field[32];    // the name of the wrong field, as the caller wrote it; "" when there is none
    char message[224]; // one line without a full stop: what is wrong, and what is accepted
} aeo_fault;

#ifdef __cplusplus
}
#endif
#endif
