/*
 * sub_drone.h - one to four low partials, each beating slowly with a second copy.
 *
 * Sound: root or fifth in MIDI 24 to 40, partials at 1, 0.25, 0.1, 0.04 so that small speakers
 * hear it; a second copy 6 dB below, beat_hz above, so that the beat never falls silent. Mono.
 * Method: the wide pad's bands with two lines, at 0 and at k beat_hz, and one channel.
 * Cost: D + 1 fused operations per partial and frame; well below 1 ns per frame in all.
 */
#ifndef AEOLIAN_VOICES_SUB_DRONE_H
#define AEOLIAN_VOICES_SUB_DRONE_H

#include "voices/wide_pad.h"

#define SUB_DRONE_PARTIALS 4
#define SUB_DRONE_LINES 2

#endif
