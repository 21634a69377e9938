/* now-playing.js: the scene's name, its key, mode and chord, shown when they are heard.
 *
 * A phrase arrives some 400 ms before it sounds; it waits here until the heard position reaches
 * it. Also tells the operating system's media panel. Runs in the page. */

export class NowPlaying {
  /* `elements`: {title, harmony, said}: the scene, the chord line, and the polite live region
   * that repeats both for a screen reader when the scene or key changes (not at each chord).
   * `onScene(name)`: a phrase of another scene is heard. */
  constructor(elements, onScene) {
    this.elements = elements;
    this.onScene = onScene;
    this.waiting = [];
    this.place = '';
  }

  scene(name) {
    if (this.name === name) return;
    this.name = name;
    this.elements.title.textContent = name;
    document.title = `${name} · Aeolian`;
    this.tellSystem(name, '');
    this.place = '';
  }

  phrase(phrase) {
    this.waiting = this.waiting.filter((other) => other.index !== phrase.index);
    this.waiting.push(phrase);
    this.waiting.sort((a, b) => a.position - b.position);
  }

  /* Called a few times a second with the heard position. */
  tick(heard) {
    while (this.waiting.length > 0 && this.waiting[0].position <= heard) {
      this.show(this.waiting.shift());
    }
  }

  show(phrase) {
    if (phrase.scene && phrase.scene !== this.name) this.onScene(phrase.scene);
    const { title, harmony, said } = this.elements;
    const key = harmonyName(phrase);
    harmony.textContent = [key, phrase.chord].filter(Boolean).join('  ·  ');
    const place = `${title.textContent}, ${key}`;
    if (place === this.place) return;
    this.place = place;
    said.textContent = `Now playing: ${place}`;
    this.tellSystem(title.textContent, key);
  }

  clear() {
    this.waiting = [];
    this.elements.harmony.textContent = '';
  }

  tellSystem(title, key) {
    if (!('mediaSession' in navigator) || typeof MediaMetadata !== 'function') return;
    navigator.mediaSession.metadata = new MediaMetadata({
      title,
      artist: 'Aeolian',
      album: key,
      artwork: [{ src: 'icon.svg', type: 'image/svg+xml', sizes: '512x512' }],
    });
  }
}

/* "D", "lydian" -> "D lydian". */
export function harmonyName({ key, mode }) {
  return [key, mode].filter((word) => word !== undefined && word !== '').join(' ');
}
