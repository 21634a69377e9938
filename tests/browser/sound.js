// sound.js: what a recording says: level, spectrum, silence, clicks, and whether it is the music it
// should be. Plain numbers in, plain numbers out; the detectors' own test is unit/sound.test.js.

export const RATE = 48000;

// In-place radix-2 FFT of re + i im; the length is a power of two.
export function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const c = Math.cos(2 * Math.PI * k / size);
      const s = -Math.sin(2 * Math.PI * k / size);
      for (let a = k; a < n; a += size) {
        const b = a + size / 2;
        const x = re[b] * c - im[b] * s;
        const y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

// A four-term Blackman-Harris window: side lobes at -92 dB, so that loud low notes do not reach
// into the guard band.
function windowed(samples, start, size) {
  const re = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const x = 2 * Math.PI * i / size;
    const w = 0.35875 - 0.48829 * Math.cos(x) + 0.14128 * Math.cos(2 * x)
      - 0.01168 * Math.cos(3 * x);
    re[i] = w * samples[start + i];
  }
  return re;
}

// Power per bin (0..size/2) of the window that starts at `start`.
export function power(samples, start, size) {
  const re = windowed(samples, start, size);
  const im = new Float64Array(size);
  fft(re, im);
  const out = new Float64Array(size / 2);
  for (let i = 0; i < out.length; i++) out[i] = (re[i] ** 2 + im[i] ** 2) / size ** 2;
  return out;
}

export function rms(samples) {
  let sum = 0;
  for (const x of samples) sum += x * x;
  return Math.sqrt(sum / samples.length);
}

export const decibels = (ratio) => 20 * Math.log10(Math.max(1e-12, ratio));

// Mean power per bin over the whole recording.
export function spectrum(samples, size = 8192) {
  const mean = new Float64Array(size / 2);
  let count = 0;
  for (let at = 0; at + size <= samples.length; at += size / 2, count++) {
    const bins = power(samples, at, size);
    for (let i = 0; i < bins.length; i++) mean[i] += bins[i];
  }
  return mean.map((x) => x / Math.max(1, count));
}

// Share of the power between two frequencies.
export function share(bins, low, high) {
  const width = RATE / 2 / bins.length;
  let inside = 0;
  let all = 0;
  bins.forEach((p, i) => {
    all += p;
    if (i * width >= low && i * width < high) inside += p;
  });
  return inside / all;
}

// The centre of gravity of the amplitude spectrum, 60 Hz to 16 kHz.
export function centroid(bins) {
  const width = RATE / 2 / bins.length;
  let weight = 0;
  let sum = 0;
  bins.forEach((p, i) => {
    const f = i * width;
    if (f < 60 || f > 16000) return;
    weight += Math.sqrt(p);
    sum += f * Math.sqrt(p);
  });
  return sum / weight;
}

// The longest run of frames that are exactly silent on both channels.
export function longestSilence(left, right) {
  let longest = 0;
  let run = 0;
  for (let i = 0; i < left.length; i++) {
    run = left[i] === 0 && right[i] === 0 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

// The loudest moment of the band the music leaves empty (20.6 to 23.6 kHz), in dBFS, and where it
// is. Music and Opus end at 20 kHz: what shows there is a step, a gap, a splice.
export function guardBand(samples, size = 1024) {
  const from = Math.ceil(20600 / RATE * size);
  const until = Math.floor(23600 / RATE * size);
  let most = 0;
  let frame = 0;
  for (let at = 0; at + size <= samples.length; at += size / 4) {
    const bins = power(samples, at, size);
    let sum = 0;
    for (let i = from; i < until; i++) sum += bins[i];
    if (sum > most) {
      most = sum;
      frame = at;
    }
  }
  return { level: decibels(Math.sqrt(most)), frame };
}

// How like two recordings are, and how many frames `b` must move to be most like `a`: the peak of
// the normalised cross-correlation over all lags within +-`reach` frames, by FFT.
export function likeness(a, b, reach) {
  let size = 1;
  while (size < a.length + b.length) size *= 2;
  const [ar, ai, br, bi] = [0, 1, 2, 3].map(() => new Float64Array(size));
  ar.set(a);
  br.set(b);
  fft(ar, ai);
  fft(br, bi);
  for (let i = 0; i < size; i++) { // conj(A * conj(B)): its FFT is the inverse one, conjugated
    const re = ar[i] * br[i] + ai[i] * bi[i];
    const im = ai[i] * br[i] - ar[i] * bi[i];
    ar[i] = re;
    ai[i] = -im;
  }
  fft(ar, ai);
  let best = -Infinity;
  let lag = 0;
  for (let shift = -reach; shift <= reach; shift++) {
    const value = ar[(shift + size) % size];
    if (value > best) {
      best = value;
      lag = shift;
    }
  }
  const norm = Math.sqrt(a.length * b.length) * rms(a) * rms(b) * size;
  return { correlation: best / norm, lag };
}

// A recording laid onto positions of the music: `count` samples from position `start` on, by a
// cubic through four samples. `reports` are pairs (frame, position), `frame` is the recording's
// first.
export function ontoPositions(samples, frame, reports, start, count) {
  const known = reports.filter(([, p], i) => i === 0 || p > reports[i - 1][1]);
  const out = new Float32Array(count);
  let j = 0;
  for (let k = 0; k < count; k++) {
    while (j + 2 < known.length && known[j + 1][1] <= start + k) j++;
    const [[f0, p0], [f1, p1]] = [known[j], known[j + 1]];
    const at = f0 + (start + k - p0) * (f1 - f0) / (p1 - p0) - frame;
    const i = Math.floor(at);
    const x = at - i;
    const [a, b, c, d] = [-1, 0, 1, 2].map((n) => samples[i + n] ?? 0);
    out[k] = b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)));
  }
  return out;
}
