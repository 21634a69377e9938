/* chrome.js: volume and mute, and the controls' way of receding while one listens.
 *
 * Runs in the page. What is remembered: volume and mute, on this machine only. */

const IDLE_MS = 7000;
const KEPT = 'aeolian-volume';

/* Binds slider and button to the player; returns the function that toggles mute. */
export function bindVolume(player, { slider, button }) {
  const kept = recall();
  slider.value = kept.volume;
  let muted = kept.muted;
  const apply = () => {
    const volume = Number(slider.value);
    player.setVolume(volume, muted);
    slider.style.setProperty('--share', volume);
    slider.setAttribute('aria-valuetext', `${Math.round(volume * 100)} %${muted ? ', muted' : ''}`);
    button.setAttribute('aria-pressed', String(muted));
    button.textContent = muted ? 'Muted' : 'Mute';
    remember({ volume, muted });
  };
  const toggle = () => {
    muted = !muted;
    apply();
  };
  slider.addEventListener('input', () => {
    muted = false;
    apply();
  });
  button.addEventListener('click', toggle);
  apply();
  return toggle;
}

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    if (Number.isFinite(kept.volume)) return { volume: kept.volume, muted: Boolean(kept.muted) };
  } catch {
    /* Nothing kept, or keeping is not allowed. */
  }
  return { volume: 0.8, muted: false };
}

function remember(state) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(state));
  } catch {
    /* Private windows may refuse; the volume then lasts for the visit. */
  }
}

/* Marks the body idle when nobody has moved for a while; the stylesheet lets the controls recede.
 * Whoever works by keyboard keeps them: focus inside counts as presence. */
export function bindReceding(body) {
  let timer = 0;
  const present = () => {
    delete body.dataset.idle;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!body.querySelector(':focus-visible')) body.dataset.idle = '';
    }, IDLE_MS);
  };
  for (const name of ['pointermove', 'pointerdown', 'keydown', 'focusin', 'wheel', 'touchstart']) {
    document.addEventListener(name, present, { passive: true });
  }
  present();
}
