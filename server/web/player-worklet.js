/* player-worklet.js: the audio thread's side of the player: takes decoded music from the
 * worker, gives the sound card what playout.js decides, and reports what it did every 50 ms.
 *
 * Runs in the AudioWorklet. Messages in, from the page: {type: 'start' | 'stop' | 'reset'} and
 * {type: 'music', port}; from that port, whose other end the worker holds: {type: 'audio',
 * position, replaces, left, right}. Messages out: {type: 'report', ...}, see report(). */

import { Playout } from './playout.js';

const REPORT_FRAMES = 2400;

class PlayerProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playout = new Playout();
    this.sinceReport = 0;
    this.port.onmessage = (event) => this.receive(event.data);
  }

  receive(message) {
    if (message.type === 'audio') {
      this.playout.write(message.position, message.left, message.right, message.replaces);
    } else if (message.type === 'music') {
      message.port.onmessage = (event) => this.receive(event.data);
    } else if (message.type === 'start') this.playout.start();
    else if (message.type === 'stop') this.playout.stop();
    else if (message.type === 'reset') this.playout.reset();
  }

  /* Where the music stands at the next frame that goes out, and how it has gone so far. */
  report() {
    const { playout } = this;
    this.port.postMessage({
      type: 'report',
      time: currentTime,
      mode: playout.mode,
      position: playout.ring.position + playout.ring.fraction,
      end: playout.ring.endPosition,
      fill: playout.ring.fill,
      target: playout.target,
      ratio: playout.ratio,
      played: playout.played,
      silent: playout.silent,
      underruns: playout.underruns,
      joins: playout.ring.joins,
    });
  }

  process(inputs, outputs) {
    const output = outputs[0];
    const mode = this.playout.mode;
    if (this.sinceReport >= REPORT_FRAMES) {
      this.sinceReport = 0;
      this.report();
    }
    this.playout.render(output[0], output[1]);
    this.sinceReport += output[0].length;
    if (this.playout.mode !== mode) this.sinceReport = REPORT_FRAMES;
    return true;
  }
}

registerProcessor('aeolian-player', PlayerProcessor);
