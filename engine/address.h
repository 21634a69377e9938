// The music address as text: one line that names one exact stream of samples.
//
//   aeo1:VERSION.SCENE.SEED.POSITION[.LOG]
//
// VERSION  sound version, decimal      SCENE     content hash of the start scene, 16 hex digits
// SEED     decimal, 64 bits            POSITION  frame, decimal
// LOG      base64url (no padding) of records, each a tag and its numbers as varints (7 bits a byte,
//          low first): 0 part_start phrase_first | 1 control value (start values that differ from
//          the scene's) | 2 gap hash (8 bytes, low first; scene change) | 16+c gap value (control
//          c).
//          gap = ticks since the entry before (the first: since frame 0). value = steps of 1/10000
//          for unit controls, the index for the others.
//
// Printing is canonical: equal content gives equal text. Reading takes any order that means
// something and says clearly when a tag is unknown, as later versions will have more.
// All characters may stand unquoted in a URL. Pure functions, any thread.
#ifndef ENGINE_ADDRESS_H
#define ENGINE_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/control_log.h" // struct control_log
#include "engine/status.h"      // aeo_status, aeo_fault

struct address {
    uint32_t sound_version;
    uint64_t seed;
    int64_t position; // 0..AEO_POSITION_MAX
    struct control_log log;
};

// Finds a scene by the hash of its content; NULL when it is not loaded.
typedef const struct scene *(*address_scene_fn)(void *user, uint64_t hash);

// Reads TEXT. AEO_ERR_ADDRESS (not an address, or unknown parts), AEO_ERR_SCENE (a scene of it is
// not loaded), AEO_ERR_FULL (more entries than a log holds). On failure *ADDRESS is undefined.
enum aeo_status address_parse(struct address *address, const char *text, address_scene_fn find,
                              void *user, aeo_fault *fault);

// Writes ADDRESS into OUT. AEO_ERR_ARGUMENT when CAP is too small (AEO_ADDRESS_MAX never is).
enum aeo_status address_print(const struct address *address, char *out, size_t cap);

// The same from its parts, so that a session need not copy its log into a struct address.
enum aeo_status address_print_parts(uint32_t sound_version, uint64_t seed, int64_t position,
                                    const struct control_log *log, char *out, size_t cap);

#endif
