/* scenes.js: the scene cards, and each scene's colour.
 *
 * Cards are radio buttons in their looks and their keys, so a screen reader says "1 of 12" and
 * arrows move between them. Runs in the page. */

/* Two hues per scene: of its light, and of the sky behind. Scenes that are not listed (a
 * listener's own files) get hues from their name. */
const HUES = {
  'harbour at first light': [28, 218],
  'slow glass': [186, 214],
  'cathedral of moss': [118, 160],
  undertow: [196, 232],
  'paper lanterns': [12, 268],
  observatory: [264, 236],
  'rain on tin': [206, 220],
  'amber hour': [38, 18],
  'deep station': [336, 250],
  snowfield: [202, 222],
  'aurora drift': [158, 262],
  'bowl and breath': [46, 28],
};

export function sceneHues(name) {
  const known = HUES[name.toLowerCase()];
  if (known) return known;
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 3600;
  return [hash % 360, (hash * 7 + 200) % 360];
}

/* "made for sleep" -> "Made for sleep": one tone for all cards. */
export function sentence(text) {
  const plain = (text || '').trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/* {scenes: [...], controls: {name: {label, help, min, max}}} */
export async function fetchScenes() {
  const response = await fetch('/v1/scenes');
  if (!response.ok) throw new Error(`scenes: ${response.status}`);
  return response.json();
}

export class SceneCards {
  /* `list`: the element that holds the cards; `onChoose(scene)`: the listener took one. */
  constructor(list, onChoose) {
    this.list = list;
    this.onChoose = onChoose;
    this.scenes = [];
    this.cards = [];
  }

  fill(scenes) {
    this.scenes = scenes;
    this.cards = scenes.map((scene, i) => this.makeCard(scene, i));
    this.list.replaceChildren(...this.cards);
    this.mark(null);
  }

  makeCard(scene, i) {
    const card = document.createElement('button');
    card.type = 'button';
    card.className = 'card';
    card.setAttribute('role', 'radio');
    const name = document.createElement('span');
    name.className = 'card-name';
    name.textContent = scene.name;
    const character = document.createElement('span');
    character.className = 'card-character';
    character.textContent = sentence(scene.character);
    const key = document.createElement('span');
    key.className = 'card-key';
    key.textContent = i < 9 ? String(i + 1) : '';
    key.setAttribute('aria-hidden', 'true');
    card.append(name, character, key);
    card.style.setProperty('--hue', sceneHues(scene.name)[0]);
    card.addEventListener('click', () => this.onChoose(scene));
    card.addEventListener('keydown', (event) => this.onKey(event, i));
    return card;
  }

  /* Arrows move the focus as in any radio group; Enter or Space takes the card. */
  onKey(event, i) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const count = this.cards.length;
    this.cards[(i + step + count) % count].focus();
  }

  /* Shows which scene is on; the tab key reaches that card, or the first. */
  mark(name) {
    this.current = name;
    const at = this.scenes.findIndex((scene) => scene.name === name);
    this.cards.forEach((card, i) => {
      card.setAttribute('aria-checked', String(i === at));
      card.tabIndex = i === Math.max(0, at) ? 0 : -1;
    });
    if (at >= 0) reveal(this.list, this.cards[at]);
  }

  find(name) {
    const wanted = (name || '').toLowerCase();
    return this.scenes.find((scene) => [scene.name, scene.slug].some(
      (word) => (word || '').toLowerCase() === wanted,
    ));
  }
}

/* Brings a card into view sideways without moving the page. */
function reveal(list, card) {
  const left = card.offsetLeft - list.offsetLeft;
  if (left < list.scrollLeft || left + card.offsetWidth > list.scrollLeft + list.clientWidth) {
    list.scrollLeft = left - 24;
  }
}
