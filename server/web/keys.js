/* keys.js: the keyboard, for those who leave the mouse alone.
 *
 *   Space play or stop · 1..9 scenes · M mute · S share
 *
 * Arrows belong to the slider or card that has the focus. A button keeps its own Space and Enter.
 * Runs in the page. */

export function bindKeys({ toggle, scene, mute, share }) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = event.target;
    if (target.closest('textarea, select, input:not([type=range])')) return;
    const key = event.key.toLowerCase();
    if (key === ' ') {
      if (target.closest('button, a')) return;
      event.preventDefault();
      toggle();
    } else if (key >= '1' && key <= '9') scene(Number(key) - 1);
    else if (key === 'm') mute();
    else if (key === 's') share();
  });
}
