/* controls.js: the six sliders, and "heard in N ms" beneath the one that moved.
 *
 * Names, labels and ranges come from the server: the scene's defaults first, then those of the
 * hello. A slider moved before the music plays is sent once somebody listens. The time shown is
 * measured: from the touch to the moment the place named in the receipt reaches the loudspeaker.
 * Runs in the page. */

import { SAMPLE_RATE } from './protocol.js';

export const VISIBLE = ['density', 'brightness', 'space', 'motion', 'tension', 'warmth'];

const NOTE_MS = 12000;

const KIND_WORDS = {
  density: ['sparse', 'full'],
  brightness: ['dark', 'bright'],
  space: ['near', 'far'],
  motion: ['still', 'moving'],
  tension: ['at rest', 'tense'],
  warmth: ['cool', 'warm'],
};

/* 412 -> "heard in 412 ms", 8200 -> "heard in 8 s". */
export function heardText(ms) {
  if (ms < 2000) return `heard in ${Math.max(0, Math.round(ms))} ms`;
  return `heard in ${Math.round(ms / 1000)} s`;
}

/* Where a value lies between the words, for a screen reader: "62 %, bright". */
export function valueText(name, share) {
  const percent = `${Math.round(share * 100)} %`;
  const words = KIND_WORDS[name];
  if (!words || Math.abs(share - 0.5) < 0.1) return percent;
  return `${percent}, ${share < 0.5 ? words[0] : words[1]}`;
}

export class Controls {
  /* `onChange(name, value)`: a slider moved; `announce(text)`: said to a screen reader. */
  constructor(root, onChange, announce) {
    this.root = root;
    this.onChange = onChange;
    this.announce = announce;
    this.sliders = {};
    this.sentAt = new Map(); /* message id -> when its first change was made */
    this.movedAt = {};
    for (const name of VISIBLE) this.add(name);
  }

  add(name) {
    const label = document.createElement('label');
    label.className = 'slider';
    const title = document.createElement('span');
    title.className = 'slider-name';
    title.textContent = name.charAt(0).toUpperCase() + name.slice(1);
    const input = document.createElement('input');
    input.type = 'range';
    input.id = `control-${name}`;
    Object.assign(input, { min: 0, max: 1, step: 0.01, value: 0.5 });
    const note = document.createElement('span');
    note.className = 'slider-note';
    note.setAttribute('aria-hidden', 'true');
    label.append(title, input, note);
    this.root.append(label);
    const slider = { name, input, title, note };
    this.sliders[name] = slider;
    input.addEventListener('input', () => this.moved(slider));
    this.show(slider);
  }

  moved(slider) {
    this.movedAt[slider.name] ??= performance.now();
    slider.note.textContent = '';
    this.show(slider);
    this.onChange(slider.name, Number(slider.input.value));
  }

  show(slider) {
    const { input } = slider;
    const share = (input.value - input.min) / (input.max - input.min);
    input.style.setProperty('--share', share.toFixed(3));
    input.setAttribute('aria-valuetext', valueText(slider.name, share));
  }

  /* Ranges and values as the server has them, `values` where given apart (a scene's defaults); a
   * slider under the hand is left alone. */
  fill(controls, values = {}) {
    for (const slider of Object.values(this.sliders)) {
      const control = controls[slider.name];
      slider.input.disabled = !control;
      if (!control) continue;
      slider.title.textContent = control.label || slider.title.textContent;
      if (Number.isFinite(control.min)) slider.input.min = control.min;
      if (Number.isFinite(control.max)) slider.input.max = control.max;
      slider.input.step = (slider.input.max - slider.input.min) / 100;
      slider.input.title = control.help || '';
      this.put(slider, values[slider.name] ?? control.value);
    }
  }

  put(slider, value) {
    if (this.movedAt[slider.name] !== undefined || !Number.isFinite(value)) return;
    slider.input.value = value;
    this.show(slider);
  }

  /* A message with these changes has left; its receipt will be measured against the touch. */
  sent(id, controls) {
    const touched = Object.keys(controls).map((name) => this.movedAt[name]);
    this.sentAt.set(id, Math.min(...touched.filter((t) => t !== undefined), performance.now()));
    for (const name of Object.keys(controls)) delete this.movedAt[name];
    if (this.sentAt.size > 64) this.sentAt.delete(this.sentAt.keys().next().value);
  }

  /* The server says where each change begins; `heard` is the place being heard now. */
  receipt(receipt, heard) {
    const touched = this.sentAt.get(receipt.id);
    const since = performance.now() - touched;
    this.sentAt.delete(receipt.id);
    for (const [name, change] of Object.entries(receipt.controls || {})) {
      const slider = this.sliders[name];
      if (!slider) continue;
      this.put(slider, change.value);
      if (touched === undefined) continue; /* a scene brought its own values */
      const ahead = heard === null ? receipt.heard_in_ms
        : (change.from - heard) * 1000 / SAMPLE_RATE;
      const text = heardText(since + Math.max(0, ahead));
      slider.note.textContent = text;
      clearTimeout(slider.timer);
      slider.timer = setTimeout(() => { slider.note.textContent = ''; }, NOTE_MS);
      const value = slider.input.getAttribute('aria-valuetext');
      this.announceSoon(`${slider.title.textContent} ${value}, ${text}`);
    }
  }

  /* While a slider is dragged receipts come ten a second; only the last is worth saying. */
  announceSoon(text) {
    clearTimeout(this.announceTimer);
    this.announceTimer = setTimeout(() => this.announce(text), 700);
  }

  /* The server would not take a change: say so where it was made. */
  refused(id, names) {
    this.sentAt.delete(id);
    for (const name of names) {
      if (this.sliders[name]) this.sliders[name].note.textContent = 'not taken';
    }
  }
}
