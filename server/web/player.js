/* player.js: the page's side of the sound: the audio graph, the worklet, the volume, and the
 * answer to "which place in the music is being heard now".
 *
 *   worklet (music, fades) -> analyser (for the light) -> volume -> sound card
 *
 * Runs in the page's main thread. The context is made by the first play, inside the user's
 * gesture, as browsers ask. */

import { SAMPLE_RATE } from './protocol.js';

const STOP_MS = 400; /* the fade of 250 ms and what the output still holds */
const VOLUME_GLIDE = 0.03;

export class Player {
  /* `onReport(report)`: what the worklet did, every 50 ms. `onPort(port)`: where decoded music
   * goes in, once the graph is open. */
  constructor(onReport, onPort) {
    this.onReport = onReport;
    this.onPort = onPort;
    this.context = null;
    this.node = null;
    this.analyser = null;
    this.gain = null;
    this.volume = 0.8;
    this.muted = false;
    this.report = null;
    this.stopTimer = 0;
    this.quietAt = 0; /* when the last stop's fade is over */
  }

  /* Opens the graph (once), lets it run and forgets what waited: a piece begins. What is still
   * fading out is let go first. Call inside a user gesture. */
  async start() {
    clearTimeout(this.stopTimer);
    this.report = null;
    if (!this.context) await this.open();
    await this.context.resume();
    const fading = this.quietAt - performance.now();
    if (fading > 0) await new Promise((resolve) => { setTimeout(resolve, fading); });
    this.report = null;
    this.node.port.postMessage({ type: 'reset' });
    this.node.port.postMessage({ type: 'start' });
  }

  async open() {
    const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'balanced' });
    await context.audioWorklet.addModule('player-worklet.js').catch((error) => {
      context.close();
      throw error;
    });
    this.context = context;
    this.node = new AudioWorkletNode(context, 'aeolian-player', {
      numberOfInputs: 0,
      outputChannelCount: [2],
    });
    this.node.port.onmessage = (event) => this.take(event.data);
    const { port1, port2 } = new MessageChannel();
    this.node.port.postMessage({ type: 'music', port: port1 }, [port1]);
    this.onPort(port2);
    this.analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0.6 });
    this.gain = new GainNode(context, { gain: this.loudness() });
    this.node.connect(this.analyser).connect(this.gain).connect(context.destination);
  }

  take(report) {
    this.report = report;
    this.onReport(report);
  }

  /* Fades out and, when nothing more sounds, lets the sound card rest. */
  stop() {
    if (!this.node) return;
    this.node.port.postMessage({ type: 'stop' });
    clearTimeout(this.stopTimer);
    this.quietAt = performance.now() + STOP_MS;
    this.stopTimer = setTimeout(() => this.context.suspend(), STOP_MS);
  }

  /* The position at the loudspeaker now: the last report, moved on by the time since, less what
   * the output still holds. Null before the first sound. */
  heardPosition() {
    const { report, context } = this;
    if (!report || report.played === 0) return null;
    const moving = report.mode === 'playing' || report.mode === 'stopping';
    const since = moving ? Math.min(0.5, Math.max(0, context.currentTime - report.time)) : 0;
    const held = (context.baseLatency || 0) + (context.outputLatency || 0);
    const ahead = since * report.ratio - (moving ? held : 0);
    return Math.max(0, Math.min(report.end, Math.round(report.position + ahead * SAMPLE_RATE)));
  }

  /* Loudness is heard by ratio: the upper half of the way is the last 12 dB. */
  loudness() {
    return this.muted ? 0 : this.volume ** 2;
  }

  setVolume(volume, muted) {
    this.volume = volume;
    this.muted = muted;
    if (!this.gain) return;
    this.gain.gain.setTargetAtTime(this.loudness(), this.context.currentTime, VOLUME_GLIDE);
  }

  /* The level of what sounds, 0..1, for the light. */
  level() {
    if (!this.analyser || this.context.state !== 'running') return 0;
    this.samples = this.samples || new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const x of this.samples) sum += x * x;
    return Math.min(1, Math.sqrt(sum / this.samples.length) * 4);
  }
}
