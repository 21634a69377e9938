/* visual.js: draws the score as slow light over water. The title of the scene stands on the
 * horizon, whatever the layout: the sky (CSS, --horizon) and the canvas both follow it.
 *
 * The sky is CSS; the canvas holds lights only: sprites drawn once per scene and then placed, 20
 * times a second while music sounds, twice a second for those who asked for less motion, not at
 * all when nothing changes or the page is hidden. Runs in the page. */

import { Score, noteHash } from './score.js';
import { makeGlow } from './glow.js';

const FRAME_MS = 1000 / 20;
const FRAME_MS_MOST = 400;
const SHARE_MOST = 0.1;
const CALM_FRAME_MS = 500;
const PIXELS_MOST = 0.5e6; /* soft light gains nothing from more */
const STREAKS = 7;

export class Visual {
  /* `ground`: the element that stands on the horizon. `sound`: {position(): the frame heard or
   * null, level(): 0..1}. */
  constructor(canvas, ground, sound) {
    this.canvas = canvas;
    this.ground = ground;
    this.paint = canvas.getContext('2d');
    this.sound = sound;
    this.score = new Score();
    this.rest = []; /* the dim lights of a page at rest */
    this.playing = false;
    this.presence = 0; /* 0 at rest, 1 music */
    this.glow = 0;
    this.surf = 0; /* light of the weather notes now, and the sea that follows it */
    this.swell = 0;
    this.lastMs = 0;
    this.frameMs = FRAME_MS;
    this.costMs = 0;
    this.calmQuery = matchMedia('(prefers-reduced-motion: reduce)');
    this.darkQuery = matchMedia('(prefers-color-scheme: dark)');
    for (const query of [this.calmQuery, this.darkQuery]) {
      query.addEventListener('change', () => this.colour(this.hues));
    }
    document.addEventListener('visibilitychange', () => this.wake());
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(canvas);
    for (const part of document.querySelectorAll('main > *')) observer.observe(part);
    this.colour([28, 218]);
  }

  /* New hues: lights already lit keep theirs until they fade. */
  colour(hues) {
    this.hues = hues;
    const dark = this.darkQuery.matches;
    this.blend = dark ? 'lighter' : 'multiply';
    const [near, far] = hues;
    this.sprites = {
      pad: [0, -16, 10].map((turn) => makeGlow((near + turn + 360) % 360, dark)),
      bell: [makeGlow(near, dark, 0.1)],
      drone: [makeGlow(far, dark, dark ? -0.08 : 0.1, 0.6)],
    };
    this.ink = dark ? `hsl(${near} 60% 86%)` : `hsl(${far} 45% 34%)`;
    for (const entry of this.score.notes.values()) entry.sprite = null;
    this.rest = restingLights(near);
    this.wake();
  }

  play(on) {
    this.playing = on;
    this.wake();
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    const most = Math.sqrt(PIXELS_MOST / (clientWidth * clientHeight));
    this.scale = Math.min(window.devicePixelRatio || 1, 2, Math.max(0.5, most));
    this.canvas.width = Math.round(clientWidth * this.scale);
    this.canvas.height = Math.round(clientHeight * this.scale);
    this.width = clientWidth;
    this.height = clientHeight;
    this.horizon = Math.round(clientHeight * this.horizonShare());
    this.drawn = false;
    this.wake();
  }

  /* As a share of the window's height, measured with the page scrolled to its top. */
  horizonShare() {
    const foot = this.ground.getBoundingClientRect().bottom + window.scrollY + 12;
    const share = Math.min(0.8, Math.max(0.3, foot / this.canvas.clientHeight));
    document.documentElement.style.setProperty('--horizon', share.toFixed(4));
    return share;
  }

  wake() {
    this.drawn = false;
    if (this.pending || document.hidden) return;
    this.pending = requestAnimationFrame((ms) => this.frame(ms));
  }

  frame(ms) {
    this.pending = 0;
    if (document.hidden || !this.width) return;
    const calm = this.calmQuery.matches;
    const passed = ms - this.lastMs;
    const due = passed >= (calm ? CALM_FRAME_MS : this.frameMs) - 4;
    if (due || !this.drawn) {
      const seconds = Math.min(1, passed / 1000);
      this.measure();
      this.lastMs = ms;
      this.settle(seconds);
      this.draw(ms / 1000, calm);
      this.drawn = true;
    }
    const moving = this.playing || this.presence > 0.01;
    if (moving) this.pending = requestAnimationFrame((next) => this.frame(next));
  }

  /* A picture may take a tenth of this thread's time, painting included: the time until the next
   * task says what it cost, and a slow machine gets fewer pictures. */
  measure() {
    const began = performance.now();
    setTimeout(() => {
      this.costMs += 0.2 * (performance.now() - began - this.costMs);
      this.frameMs = Math.min(FRAME_MS_MOST, Math.max(FRAME_MS, this.costMs / SHARE_MOST));
    });
  }

  /* Presence and glow follow slowly: the picture breathes, it does not flicker. */
  settle(seconds) {
    const goal = this.playing ? 1 : 0;
    this.presence += (goal - this.presence) * Math.min(1, seconds / 1.2);
    if (Math.abs(goal - this.presence) < 0.01) this.presence = goal;
    const level = this.playing ? this.sound.level() : 0;
    this.glow += (level - this.glow) * Math.min(1, seconds / 0.8);
    this.swell += (this.surf - this.swell) * Math.min(1, seconds / 2);
    this.surf = 0;
  }

  draw(time, calm) {
    const { paint } = this;
    paint.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    paint.globalCompositeOperation = 'source-over';
    paint.globalAlpha = 1;
    paint.clearRect(0, 0, this.width, this.height);
    paint.globalCompositeOperation = this.blend;
    const still = calm ? 0 : time;
    this.drawWater(still);
    if (this.presence < 1) {
      for (const entry of this.rest) this.drawEntry(entry, 0.42 * (1 - this.presence), still, 1);
    }
    const position = this.sound.position();
    if (position === null) return;
    const breath = (this.darkQuery.matches ? 0.82 : 1.1) + 0.45 * this.glow;
    this.score.forEachLit(position, calm, (entry, light) => {
      const age = (position - entry.note.at) / 48000;
      this.drawEntry(entry, light * breath * this.presence, still, calm ? 1e3 : age);
    });
  }

  drawEntry(entry, light, time, age) {
    const { place } = entry;
    const set = this.sprites[place.form] || this.sprites.pad;
    entry.sprite = entry.sprite || set[Math.floor(noteHash(entry.note, 4) * set.length)];
    const x = place.x * this.width;
    const y = this.horizon - place.height * this.horizon * 0.86 - 6;
    if (place.form === 'drone') this.drawDrone(entry.sprite, x, light);
    else if (place.form === 'weather') this.surf = Math.max(this.surf, light);
    else {
      const bell = place.form === 'bell';
      const unit = Math.min(this.width, this.height * 1.2) * place.size;
      const halo = unit * (bell ? 0.11 : 0.36);
      const heart = unit * (bell ? 0.022 : 0.055);
      this.stamp(entry.sprite, x, y, halo, halo * 0.92, light * 0.7);
      this.stamp(entry.sprite, x, y, heart, heart, light);
      this.drawReflection(entry, x, light, time, bell);
      if (bell && age < 5) this.drawRing(x, place.height, light, age);
    }
  }

  stamp(sprite, x, y, width, height, alpha) {
    this.paint.globalAlpha = Math.min(1, alpha);
    this.paint.drawImage(sprite, x - width / 2, y - height / 2, width, height);
  }

  drawDrone(sprite, x, light) {
    const wide = this.width * 1.5;
    this.stamp(sprite, x, this.horizon, wide, this.height * 0.3, light * 0.5);
    this.stamp(sprite, x, this.horizon, wide * 0.8, this.height * 0.035, light * 0.6);
  }

  /* A light's path on the water: a few dashes, wider and fainter towards the viewer. */
  drawReflection(entry, x, light, time, bell) {
    const depth = (this.height - this.horizon) * (0.35 + 0.5 * entry.place.height);
    const phase = noteHash(entry.note, 5) * 40;
    for (let i = 0; i < STREAKS; i++) {
      const along = (i + 0.6) / STREAKS;
      const sway = Math.sin(time * (0.5 + 0.11 * i) + phase + i * 1.9) * (2 + 7 * along);
      const width = (bell ? 14 : 46) * entry.place.size * (0.7 + along) * this.width / 1100 + 8;
      const y = this.horizon + 4 + depth * along * along;
      const fade = (1 - along) * (0.75 + 0.25 * Math.sin(time * 0.7 + phase + i * 2.3));
      this.stamp(entry.sprite, x + sway, y, width * 2.4, 7 + 9 * along, light * 1.1 * fade);
    }
  }

  /* A bell's ring spreads over the water beneath it. */
  drawRing(x, height, light, age) {
    const { paint } = this;
    const grown = 1 - Math.exp(-age / 1.8);
    const y = this.horizon + (this.height - this.horizon) * (0.12 + 0.3 * height);
    paint.globalAlpha = Math.min(1, light * 0.5 * (1 - age / 5));
    paint.strokeStyle = this.ink;
    paint.lineWidth = 1;
    paint.beginPath();
    paint.ellipse(x, y, 6 + 90 * grown, 1.5 + 15 * grown, 0, 0, 2 * Math.PI);
    paint.stroke();
  }

  /* The horizon and a few slow swells; louder music, clearer water; surf, a rougher sea. */
  drawWater(time) {
    const { paint } = this;
    paint.strokeStyle = this.ink;
    paint.lineWidth = 1;
    paint.globalAlpha = 0.16 + 0.1 * this.glow;
    paint.beginPath();
    paint.moveTo(0, this.horizon + 0.5);
    paint.lineTo(this.width, this.horizon + 0.5);
    paint.stroke();
    for (let i = 1; i <= 4; i++) {
      const y = this.horizon + (this.height - this.horizon) * 0.055 * i * i;
      const lift = (1 + i * 0.9) * (1 + 0.8 * this.swell);
      paint.globalAlpha = (0.05 + 0.09 * this.glow + 0.05 * this.swell) / Math.sqrt(i);
      paint.beginPath();
      for (let x = 0; x <= this.width + 24; x += 24) {
        const wave = Math.sin(x * 0.009 / i + time * 0.22 + i * 2.1)
          + 0.5 * Math.sin(x * 0.021 / i - time * 0.17 + i);
        paint.lineTo(x, y + wave * lift);
      }
      paint.stroke();
    }
  }
}

/* A page at rest shows a few harbour lights, the same ones for the same scene. */
function restingLights(seed) {
  return [40, 50, 57, 62, 66, 73, 81].map((midi, i) => {
    const note = { at: seed * 7919 + i * 104729, midi, duration: 1, voice: i ? 'pad' : 'drone' };
    const place = {
      form: i ? 'pad' : 'drone',
      x: 0.12 + 0.78 * ((i * 0.382 + seed / 360) % 1),
      height: i ? 0.04 + 0.42 * noteHash(note, 2) : 0,
      size: 0.45 + 0.4 * noteHash(note, 3),
    };
    return { note, place };
  });
}
