/* resampler.js: reads a ring of samples at a fractional place, by a windowed sinc.
 *
 * The sound card's clock and the server's differ by some 50 ppm, so the player reads a touch
 * faster or slower than it writes. 24 taps under a Kaiser window (beta 9) keep everything up to
 * 18 kHz, where the music ends, within 0.01 dB and push the images below -80 dB. At fraction 0
 * the filter is one tap of exactly 1, so an undisturbed stream passes untouched.
 *
 * Pure numbers: runs in the audio thread and under the unit tests. */

export const TAPS = 24;
export const TAPS_BEFORE = TAPS / 2 - 1;
export const TAPS_AFTER = TAPS / 2;
const PHASES = 512;
const BETA = 9;

/* The modified Bessel function I0, by its power series (converges fast for x <= 9). */
function besselI0(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function tapValue(distance) {
  if (distance === 0) return 1;
  const half = TAPS / 2;
  if (Math.abs(distance) >= half) return 0;
  const window = besselI0(BETA * Math.sqrt(1 - (distance / half) ** 2)) / besselI0(BETA);
  const x = Math.PI * distance;
  return (Math.sin(x) / x) * window;
}

/* Row p holds the taps for the fraction p / PHASES; one row more, so that the row after the last
 * exists for the linear step between rows. Rows are scaled to sum 1 (no ripple at 0 Hz). */
function makeTable() {
  const table = new Float32Array((PHASES + 1) * TAPS);
  for (let p = 0; p <= PHASES; p++) {
    const fraction = p / PHASES;
    const row = [];
    for (let t = 0; t < TAPS; t++) {
      const distance = t - TAPS_BEFORE - fraction;
      const whole = p === 0 || p === PHASES;
      row.push(whole ? Number(Math.round(distance) === 0) : tapValue(distance));
    }
    const sum = row.reduce((a, b) => a + b, 0);
    for (let t = 0; t < TAPS; t++) table[p * TAPS + t] = row[t] / sum;
  }
  return table;
}

const TABLE = makeTable();
const weights = new Float32Array(TAPS);

/* Sets the taps for a fraction in [0, 1): once per output frame, shared by both channels. */
export function setFraction(fraction) {
  const place = fraction * PHASES;
  const row = Math.floor(place);
  const mix = place - row;
  const a = row * TAPS;
  for (let t = 0; t < TAPS; t++) {
    weights[t] = TABLE[a + t] + mix * (TABLE[a + TAPS + t] - TABLE[a + t]);
  }
}

/* The value at `index` + the fraction set before, in a power-of-two ring with this mask. */
export function readAt(samples, mask, index) {
  let sum = 0;
  const first = index - TAPS_BEFORE;
  for (let t = 0; t < TAPS; t++) sum += weights[t] * samples[(first + t) & mask];
  return sum;
}
