/* decoder.js: Opus packets in, stretches of stereo music with their positions out.
 *
 * WebCodecs decodes one packet to one AudioData, in order, so a queue tells which packet an
 * output belongs to. Opus delays by pre_skip frames: the output of the packet whose input began
 * at P holds the music from P - pre_skip on. What lies below the `floor` is not music: the
 * decoder settling after a restart, or a pre-roll. Runs in the worker. */

import { FRAME_SAMPLES, SAMPLE_RATE } from './protocol.js';

const CONFIG = { codec: 'opus', sampleRate: SAMPLE_RATE, numberOfChannels: 2 };

export function decoderAvailable() {
  return typeof AudioDecoder === 'function' && typeof AudioWorkletNode === 'function';
}

export class PacketDecoder {
  /* onAudio({position, replaces, left, right}); onFault(error): the decoder began anew. */
  constructor(onAudio, onFault) {
    this.onAudio = onAudio;
    this.onFault = onFault;
    this.preSkip = 0;
    this.decoder = null;
    this.reset();
  }

  /* Forgets everything on its way: another stream begins. */
  reset() {
    this.generation = (this.generation || 0) + 1;
    this.queue = [];
    this.waiting = [];
    this.flushing = false;
    this.floor = 0;
    this.settle = true;
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
    this.decoder = null;
  }

  push(message) {
    if (this.flushing) this.waiting.push(message);
    else if (message.restarted && this.decoder && this.queue.length > 0) this.flushThen(message);
    else this.decode(message);
  }

  /* The encoder began anew: what is still inside belongs to the old stream and comes out first. */
  async flushThen(message) {
    const generation = this.generation;
    this.flushing = true;
    this.waiting.push(message);
    try {
      await this.decoder.flush();
    } catch {
      /* A closed decoder has nothing left to give. */
    }
    if (generation !== this.generation) return;
    this.flushing = false;
    const waiting = this.waiting;
    this.waiting = [];
    waiting.forEach((next, i) => (i === 0 ? this.decode(next) : this.push(next)));
  }

  open() {
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
    this.queue = [];
    const generation = this.generation;
    this.decoder = new AudioDecoder({
      output: (data) => this.output(data, generation),
      error: (error) => this.fault(error),
    });
    this.decoder.configure(CONFIG);
  }

  fault(error) {
    this.decoder = null;
    this.queue = [];
    this.onFault(error);
  }

  decode(message) {
    if (!this.decoder || message.restarted) {
      this.open();
      this.settle = true;
    }
    if (message.dropped || message.replaces || message.preroll) this.settle = true;
    const clean = this.settle && !message.preroll;
    if (clean) this.settle = false;
    message.packets.forEach((data, i) => {
      const start = message.position + i * FRAME_SAMPLES;
      this.queue.push({
        position: start - this.preSkip,
        floor: clean ? message.position : -Infinity,
        replaces: message.replaces && i === 0,
        preroll: message.preroll,
      });
      const timestamp = Math.round(start * 1e6 / SAMPLE_RATE);
      this.decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data }));
    });
  }

  output(data, generation) {
    const place = generation === this.generation ? this.queue.shift() : undefined;
    if (!place || place.preroll) return data.close();
    const frames = data.numberOfFrames;
    const left = new Float32Array(frames);
    const right = new Float32Array(frames);
    data.copyTo(left, { planeIndex: 0, format: 'f32-planar' });
    data.copyTo(right, { planeIndex: data.numberOfChannels > 1 ? 1 : 0, format: 'f32-planar' });
    data.close();
    const skip = Math.min(frames, Math.max(0, place.floor - place.position));
    if (skip === frames) return undefined;
    return this.onAudio({
      position: place.position + skip,
      replaces: place.replaces,
      left: skip ? left.slice(skip) : left,
      right: skip ? right.slice(skip) : right,
    });
  }
}
