/* words.js: every sentence the page says about itself. Pure; runs in the page and the tests. */

/* The line under the title. Playing needs no words, unless a scene is on its way. */
export function statusText(state, detail = {}) {
  if (state === 'stopped') return detail.linked ? 'A shared moment. Press play to hear it.' : '';
  if (state === 'connecting') return 'Connecting';
  if (state === 'reconnecting') {
    return detail.full ? 'The server is full. Trying again' : 'Connection lost. Coming back';
  }
  if (state === 'playing' && detail.next) return `${detail.next} follows with the next phrase`;
  if (state === 'refused') return refusedText(detail);
  return '';
}

/* A refusal names the field that was wrong, where there is one. */
function refusedText({ message, field, code }) {
  const reason = message || code || 'The server would not play this';
  const what = field === 'address' ? 'This link cannot be played' : 'This cannot be played';
  return field ? `${what}: ${reason}. Press play for a new piece.` : `${reason}.`;
}

/* Browsers give the decoder and the audio thread to secure pages only. */
export function insecureText(location, secure) {
  if (secure) return 'This browser cannot decode Opus here. Please try a newer one.';
  const port = location.port ? `:${location.port}` : '';
  return 'Browsers play this only over a secure address. Open '
    + `http://localhost${port} on the machine that runs Aeolian, or reach it through https.`;
}
