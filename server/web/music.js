/* music.js: the page's handle on music-worker.js: a few orders out, the server's words back.
 *
 * Each open() begins a session; what still arrives from an earlier one is dropped here, so that a
 * late hello cannot undo a stop. Runs in the page's main thread. */

export class Music {
  /* `events`: state({name, ...}), hello({hello, reconnects}), phrase, receipt, problem,
   * sent({id, controls}), asked({id, name}), fault(text). */
  constructor(events) {
    this.session = 0;
    this.worker = new Worker('music-worker.js', { type: 'module' });
    this.worker.onmessage = ({ data }) => {
      if (data.session === this.session) events[data.event](data.detail);
    };
  }

  /* The port through which decoded music reaches the audio thread. */
  output(port) { this.worker.postMessage({ type: 'output', port }, [port]); }

  /* Asks for music: {address, at} or {scene, seed, at} or {} for what the server likes. */
  open(place) { this.order({ type: 'open', session: ++this.session, place }); }

  close() {
    this.session++;
    this.order({ type: 'close' });
  }

  set(name, value) { this.order({ type: 'set', name, value }); }

  scene(name) { this.order({ type: 'scene', name }); }

  health(health) { this.order({ type: 'health', health }); }

  order(order) { this.worker.postMessage(order); }
}
