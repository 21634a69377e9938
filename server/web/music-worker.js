/* music-worker.js: from the socket to the audio thread without passing the page.
 *
 *   server --WebSocket--> stream.js --packets--> decoder.js --frames--> player-worklet.js
 *
 * Runs in a worker of its own, so that nothing the page does (drawing, layout, a slow extension)
 * makes the music late. The place in the music is kept here: after a break the stream is asked for
 * again from a little before the end of what was decoded. Messages from the page and to it are
 * those of music.js. */

import { Stream } from './stream.js';
import { PacketDecoder } from './decoder.js';

const OVERLAP_FRAMES = 1440; /* asked for again after a break, to join without a seam */

let session = 0; /* counts the page's plays: what belongs to an earlier one is told apart */
let output = null; /* port to the audio thread */
let place = {};
let end = null; /* music position after the last decoded frame */
let health = { bufferMs: 0, underruns: 0 };

const tell = (event, detail) => postMessage({ session, event, detail });

const decoder = new PacketDecoder(
  ({ position, replaces, left, right }) => {
    end = position + left.length;
    output.postMessage({ type: 'audio', position, replaces, left, right },
      [left.buffer, right.buffer]);
  },
  (error) => tell('fault', error.message),
);

const stream = new Stream(whereToGoOn, {
  state: (name, detail) => tell('state', { name, ...detail }),
  hello: (hello) => {
    place = { address: hello.address, at: hello.position };
    decoder.preSkip = hello.audio.pre_skip;
    tell('hello', { hello, reconnects: stream.reconnects });
  },
  phrase: (phrase) => tell('phrase', phrase),
  receipt: (receipt) => {
    if (receipt.address) place.address = receipt.address;
    tell('receipt', receipt);
  },
  problem: (error) => tell('problem', error),
  bye: () => {},
  audio: (message) => decoder.push(message),
  sent: (id, controls) => tell('sent', { id, controls }),
}, () => health);

function whereToGoOn() {
  return end === null ? place : { ...place, at: Math.max(0, end - OVERLAP_FRAMES) };
}

const orders = {
  output: ({ port }) => { output = port; },
  open: (order) => {
    session = order.session;
    place = order.place;
    end = null;
    decoder.reset();
    stream.open();
  },
  close: () => stream.close(),
  set: ({ name, value }) => stream.set(name, value),
  scene: ({ name }) => tell('asked', { id: stream.scene(name), name }),
  health: (order) => { health = order.health; },
};

self.onmessage = ({ data }) => orders[data.type](data);
