/* ring.js: the frames that wait to be heard, and which place in the music each one is.
 *
 * Indices only grow; a sample lies at index & mask. Marks say "index i is music position p" and
 * hold until the next mark, so the heard position stays true across dropped packets, replaced
 * stretches and reconnects. Joins that are not seamless are cross-faded over 10 ms here, when
 * they are written, while both sides are still unheard.
 *
 * Pure data: runs in the audio thread and under the unit tests. */

import { TAPS_BEFORE, TAPS_AFTER, setFraction, readAt } from './resampler.js';

export const FADE_FRAMES = 480;
const JUMP_FRAMES = 4800;
/* What the next block of output may read: rewriting closer to the reader than this would click. */
export const GUARD_FRAMES = 128 + TAPS_BEFORE + TAPS_AFTER + 8;
const CAPACITY = 1 << 18; /* 5.4 s */
const FAR_FRAMES = 48000; /* music this far behind the reader is another place, not a repeat */

export class Ring {
  constructor(capacity = CAPACITY) {
    this.mask = capacity - 1;
    this.left = new Float32Array(capacity);
    this.right = new Float32Array(capacity);
    this.clear();
  }

  clear() {
    this.left.fill(0);
    this.right.fill(0);
    this.readIndex = 0;
    this.fraction = 0;
    this.writeIndex = 0;
    this.marks = [];
    this.joins = 0;
    this.jumped = false;
  }

  get fill() { return this.writeIndex - this.readIndex; }

  /* Frames the reader may consume now; the taps reach a little beyond the last one. */
  get readable() { return Math.max(0, this.fill - TAPS_AFTER); }

  get endPosition() { return this.positionAt(this.writeIndex); }

  get position() { return this.positionAt(this.readIndex); }

  positionAt(index) {
    for (let i = this.marks.length - 1; i >= 0; i--) {
      const mark = this.marks[i];
      if (mark.index <= index || i === 0) return mark.position + index - mark.index;
    }
    return 0;
  }

  /* Takes frames of music from `position` on. Music that is expected next is appended; music
   * that overlaps what waits is joined to it; music further on closes the gap. `replaces`: the
   * overlap is new music and begins at its first frame; otherwise it is the same music again
   * (after a reconnect) and the old frames stay. Returns the frames added to the end. */
  write(position, left, right, replaces = false) {
    const before = this.writeIndex;
    let skip = 0;
    let fade = 0;
    if (this.marks.length === 0) this.marks.push({ index: this.writeIndex, position });
    else if (position !== this.endPosition) {
      ({ skip, fade } = this.join(position, left.length, replaces));
    }
    if (skip >= left.length) return 0;
    this.makeRoom(left.length - skip);
    this.store(left, right, skip, fade);
    return this.writeIndex - before;
  }

  /* Decides where the frames go: moves writeIndex back over what is rewritten and returns how
   * many of the new frames to skip and how many to cross-fade with what lies there. */
  join(position, count, replaces) {
    const end = this.writeIndex;
    const rewritable = Math.max(0, this.fill - GUARD_FRAMES);
    const overlap = this.endPosition - position;
    if (overlap <= 0 || overlap > this.fill + FAR_FRAMES) {
      const fade = Math.min(FADE_FRAMES, rewritable, count);
      this.cut(end - fade, position);
      return { skip: 0, fade };
    }
    const wanted = replaces ? overlap : Math.min(overlap, FADE_FRAMES);
    const back = Math.min(wanted, rewritable);
    const skip = overlap - back;
    if (skip >= count) return { skip, fade: 0 };
    this.cut(end - back, position + skip);
    return { skip, fade: Math.min(FADE_FRAMES, back, count - skip) };
  }

  cut(index, position) {
    while (this.marks.length > 0 && this.marks[this.marks.length - 1].index >= index) {
      this.marks.pop();
    }
    this.writeIndex = index;
    this.marks.push({ index, position });
    this.joins++;
  }

  /* Too much waits (the output was suspended): the oldest is given up, the reader fades in. */
  makeRoom(count) {
    const most = this.mask + 1 - 2 * GUARD_FRAMES;
    if (this.fill + count <= most) return;
    this.readIndex = this.writeIndex + count - (most >> 2);
    this.fraction = 0;
    this.jumped = true;
  }

  store(left, right, skip, fade) {
    for (let i = skip; i < left.length; i++) {
      const at = this.writeIndex++ & this.mask;
      const x = i - skip < fade ? (i - skip + 0.5) / fade : 1;
      const w = x * x * (3 - 2 * x);
      this.left[at] = w === 1 ? left[i] : this.left[at] + w * (left[i] - this.left[at]);
      this.right[at] = w === 1 ? right[i] : this.right[at] + w * (right[i] - this.right[at]);
    }
  }

  /* Reads one frame into out[0], out[1] and moves on by `ratio` frames. */
  readFrame(ratio, out) {
    if (this.fraction === 0) {
      out[0] = this.left[this.readIndex & this.mask];
      out[1] = this.right[this.readIndex & this.mask];
    } else {
      setFraction(this.fraction);
      out[0] = readAt(this.left, this.mask, this.readIndex);
      out[1] = readAt(this.right, this.mask, this.readIndex);
    }
    const next = this.fraction + ratio;
    const whole = Math.floor(next);
    this.readIndex += whole;
    this.fraction = next - whole;
    if (this.marks.length > 1 && this.marks[1].index <= this.readIndex) this.marks.shift();
  }

  /* Moves the reader on to where `fill` frames are left, cross-fading out of what it leaves (the
   * taps before the new place must see it too). */
  jumpAhead(fill) {
    const to = this.writeIndex - Math.round(fill);
    for (let i = -TAPS_BEFORE; i < JUMP_FRAMES; i++) {
      const x = Math.max(0, (i + 0.5) / JUMP_FRAMES);
      const w = 1 - x * x * (3 - 2 * x);
      const at = (to + i) & this.mask;
      const from = (this.readIndex + i) & this.mask;
      this.left[at] += w * (this.left[from] - this.left[at]);
      this.right[at] += w * (this.right[from] - this.right[at]);
    }
    this.readIndex = to;
    this.joins++;
  }
}
