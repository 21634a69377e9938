/*
 * cuda_check.cu - goal: the voices stay valid source for a CUDA thread.
 *
 * Compiled for sm_90 without contraction where nvcc is found, never run. One kernel walks the
 * phases of tone.h in the order of voice_render, with a barrier after each, so that everything a
 * GPU renderer would call is instantiated.
 */
#include "voices/tone.h"

extern "C" __global__ void voices_check(const struct voice_note *note,
                                        const struct voice_controls *controls,
                                        struct voice_scratch *s, long long cell0, uint32_t count,
                                        float *left, float *right)
{
    const struct lane_thread th = {threadIdx.x, blockDim.x};
    voice_set_up(note, s, th);
    __syncthreads();
    voice_set_up_starts(note, s, th);
    __syncthreads();
    voice_set_up_turns(note, s, th);
    __syncthreads();
    long long cell = cell0;
    while (cell < cell0 + count) {
        const struct voice_tile tile = voice_tile_at(note, cell, cell0 + count);
        voice_tile_controls(controls, cell0, count, s, &tile, th);
        __syncthreads();
        voice_tile_times(note, s, &tile, th);
        voice_tile_phases(note, s, &tile, th);
        __syncthreads();
        for (uint32_t first = 0; first < note->carrier_count; first += VOICE_BLOCK_CARRIERS) {
            const uint32_t rest = note->carrier_count - first;
            const uint32_t n = rest < VOICE_BLOCK_CARRIERS ? rest : VOICE_BLOCK_CARRIERS;
            cells_set_gains(note, s, first, n, th);
            __syncthreads();
            voice_block(note, s, &tile, first, n, th);
            __syncthreads();
            cells_samples(note, s, &tile, first, n, th);
            __syncthreads();
        }
        const long long at = (cell - cell0) * CELL_FRAMES;
        voice_mix(note, s, &tile, left + at, right + at, th);
        cell += tile.to - tile.from;
    }
}
