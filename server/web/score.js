/* score.js: where a note's light stands and how bright it is at a moment.
 *
 * The picture is a harbour at night: a horizon, lights above it, their reflections below. Height
 * is pitch, left and right are pan, the form follows the voice: pads are wide soft lamps, bells
 * are points that send a ring over the water, drones glow along the horizon.
 * Pure functions of (note, position), so that the light is the score and not a memory of it;
 * run in the page and under the unit tests. */

const RATE = 48000;
const LOWEST = 36;
const HIGHEST = 98;

const FORMS = [
  ['drone', /drone|sub|bass/],
  ['bell', /bell|glass|bowl|pluck|string|vibra|chime|piano/],
  ['weather', /surf|wind|rain|stream|noise|weather|texture/],
];

/* The form of a voice by its name; what is not known is drawn as a pad. */
export function formOf(voice) {
  const name = String(voice).toLowerCase();
  const found = FORMS.find(([, pattern]) => pattern.test(name));
  return found ? found[0] : 'pad';
}

/* A steady number in 0..1 from a note's identity: the same note stands at the same place for
 * every listener and after every reload. */
export function noteHash(note, salt = 0) {
  const pitch = Math.imul(Math.round(note.midi * 8) + salt, 2654435761);
  let h = (Math.round(note.at) % 2147483647) ^ pitch;
  h = Math.imul(h ^ (h >>> 16), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/* A note's place: x 0..1 from left to right, height 0..1 from the horizon to the zenith. A note
 * without a pan (or a wide voice, whose pan is 0) gets one from its identity, wider the higher. */
export function placeNote(note) {
  const form = formOf(note.voice);
  const pitch = Math.min(1, Math.max(0, (note.midi - LOWEST) / (HIGHEST - LOWEST)));
  const width = form === 'drone' ? 0.1 : 0.5 + 0.5 * pitch;
  const pan = note.pan ? note.pan : (2 * noteHash(note) - 1) * width;
  const drift = (noteHash(note, 1) - 0.5) * 0.09;
  return {
    form,
    x: Math.min(0.97, Math.max(0.03, 0.5 + 0.4 * pan + drift)),
    height: form === 'drone' ? 0 : 0.05 + 0.9 * pitch + (noteHash(note, 2) - 0.5) * 0.06,
    size: 0.75 + 0.5 * noteHash(note, 3),
  };
}

/* The quintic every envelope of the engine uses: no corner at either end. */
export function quintic(x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return x * x * x * (x * (6 * x - 15) + 10);
}

/* Rise and fall in seconds; `calm` lengthens the rise for those who asked for less motion. */
function edges(form, seconds, calm) {
  if (form === 'bell') return { rise: calm ? 1.2 : 0.12, fall: seconds };
  if (form === 'drone') {
    return { rise: Math.min(5, seconds * 0.4), fall: Math.min(6, seconds * 0.4) };
  }
  return { rise: Math.min(4, seconds * 0.4), fall: Math.min(6, seconds * 0.45) };
}

/* How bright a note is at a music position, 0..1. */
export function lightAt(note, form, position, calm = false) {
  const seconds = Math.max(0.2, note.duration / RATE);
  const t = (position - note.at) / RATE;
  if (t <= 0 || t >= seconds) return 0;
  const { rise, fall } = edges(form, seconds, calm);
  const up = quintic(t / rise);
  const left = (seconds - t) / fall;
  const down = form === 'bell' ? Math.exp(-3.2 * t / seconds) * quintic(left * 2) : quintic(left);
  const loud = 0.45 + 0.55 * Math.min(1, Math.max(0, note.velocity ?? 0.6));
  return up * down * loud;
}

/* The notes that matter: taken in as phrases come, dropped once they are over. */
export class Score {
  constructor(most = 256) {
    this.most = most;
    this.notes = new Map();
  }

  add(notes) {
    for (const note of notes) {
      if (!Number.isFinite(note.at) || !Number.isFinite(note.midi)) continue;
      const key = `${note.voice}/${note.midi}/${note.at}`;
      if (!this.notes.has(key)) this.notes.set(key, { note, place: placeNote(note) });
    }
    while (this.notes.size > this.most) this.notes.delete(this.notes.keys().next().value);
  }

  clear() { this.notes.clear(); }

  /* Calls draw(entry, light) for every note that shines at `position`. */
  forEachLit(position, calm, draw) {
    for (const [key, entry] of this.notes) {
      if (position > entry.note.at + entry.note.duration) this.notes.delete(key);
      else {
        const light = lightAt(entry.note, entry.place.form, position, calm);
        if (light > 0.004) draw(entry, light);
      }
    }
  }
}
