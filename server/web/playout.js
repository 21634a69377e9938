/* playout.js: decides, frame by frame, what leaves the ring: music, a fade or silence.
 *
 * It begins once the target (300 ms) is there and reads up to 0.1 % faster or slower to hold it,
 * so clocks may drift for days. Just before the ring runs dry it fades out over 10 ms; it then
 * waits for the target, grown by 100 ms, and fades in again. Quiet minutes let the target sink.
 * Start and stop fade over 0.25 s.
 *
 * Pure numbers: runs in the audio thread (player-worklet.js) and under the unit tests. */

import { Ring, FADE_FRAMES, GUARD_FRAMES } from './ring.js';

const RATE = 48000;
const TARGET_MIN = 0.3 * RATE;
const TARGET_MAX = 2 * RATE;
const TARGET_GROWTH = 0.1 * RATE;
const CALM_FRAMES = 60 * RATE; /* without an underrun, then the target sinks */
const SINK_PER_FRAME = 0.001; /* 1 ms a second */
const EXCESS = 0.75 * RATE; /* more waits than that: a stall came in one burst, catch up */
const RATIO_MAX = 0.001;
const RATIO_GAIN = 0.01; /* per second of error: settles in 100 s */
const AVERAGE_FRAMES = 4 * RATE;
const SLOW_STEP = 1 / (0.25 * RATE);
const FAST_STEP = 1 / FADE_FRAMES;

export class Playout {
  constructor(ring = new Ring()) {
    this.ring = ring;
    this.frame = new Float32Array(2);
    this.reset();
  }

  reset() {
    this.ring.clear();
    this.mode = 'idle'; /* idle, filling, playing, stopping */
    this.open = 0; /* how far the gate is open: 0 silent, 1 full */
    this.step = SLOW_STEP;
    this.target = TARGET_MIN;
    this.average = TARGET_MIN;
    this.ratio = 1;
    this.calm = 0;
    this.silence = 0; /* frames of the present gap */
    this.played = 0;
    this.silent = 0;
    this.underruns = 0;
  }

  start() {
    if (this.mode === 'stopping') this.mode = 'playing';
    if (this.mode === 'idle') this.mode = 'filling';
    this.step = SLOW_STEP;
  }

  stop() {
    this.mode = this.mode === 'playing' ? 'stopping' : 'idle';
    this.step = SLOW_STEP;
  }

  write(position, left, right, replaces) {
    this.ring.write(position, left, right, replaces);
  }

  /* Fills one block of output. */
  render(left, right) {
    if (this.ring.jumped) this.afterJump();
    if (this.mode === 'filling' && this.ring.readable >= this.target) this.begin();
    for (let i = 0; i < left.length; i++) {
      if (this.mode === 'playing' || this.mode === 'stopping') this.renderFrame(left, right, i);
      else {
        left[i] = 0;
        right[i] = 0;
        if (this.mode === 'filling' && this.played > 0) this.silent++;
        this.silence++;
      }
    }
    if (this.mode === 'playing') this.steer(left.length);
  }

  renderFrame(left, right, i) {
    const dry = this.ring.readable <= FADE_FRAMES + GUARD_FRAMES;
    const closing = dry || this.mode === 'stopping';
    if (dry) this.step = FAST_STEP;
    this.open = Math.min(1, Math.max(0, this.open + (closing ? -this.step : this.step)));
    if (this.open === 0) {
      left[i] = 0;
      right[i] = 0;
      this.close(dry);
      return;
    }
    this.ring.readFrame(this.ratio, this.frame);
    const gain = this.open * this.open * (3 - 2 * this.open);
    left[i] = gain * this.frame[0];
    right[i] = gain * this.frame[1];
    this.played++;
  }

  begin() {
    this.mode = 'playing';
    this.average = this.ring.fill;
    this.step = this.played > 0 && this.silence < 0.25 * RATE ? FAST_STEP : SLOW_STEP;
    this.silence = 0;
  }

  /* The gate has shut: stopped as asked, or dry. */
  close(dry) {
    if (this.mode === 'stopping') {
      this.mode = 'idle';
      return;
    }
    if (!dry) return;
    this.mode = 'filling';
    this.silence = 0;
    this.silent++;
    this.underruns++;
    this.calm = 0;
    this.target = Math.min(TARGET_MAX, this.target + TARGET_GROWTH);
  }

  /* Once a block: hold the average fill at the target by reading faster or slower. Messages come
   * every 100 ms, so the fill itself is a saw; its average over 4 s is what drifts. */
  steer(frames) {
    this.average += (this.ring.fill - this.average) * frames / AVERAGE_FRAMES;
    const error = (this.average - this.target) / RATE;
    this.ratio = 1 + Math.min(RATIO_MAX, Math.max(-RATIO_MAX, RATIO_GAIN * error));
    this.calm += frames;
    if (this.calm > CALM_FRAMES) {
      this.target = Math.max(TARGET_MIN, this.target - SINK_PER_FRAME * frames);
    }
    if (this.open < 1) return;
    this.step = SLOW_STEP;
    if (this.ring.fill > this.target + EXCESS) this.ring.jumpAhead(this.target);
  }

  afterJump() {
    this.ring.jumped = false;
    this.open = 0;
    this.step = FAST_STEP;
  }
}
