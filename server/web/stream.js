/* stream.js: the page's end of aeolian.v1: one WebSocket at a time, opened again for as long as
 * the listener wants music.
 *
 * A browser does not show why an upgrade was refused, so a socket that closes before it opened
 * asks the same address over HTTP: the server answers there with the reason. A refusal that
 * waiting cannot mend (a bad address) ends the attempts; everything else (server away, server
 * full, network gone) is tried again, from wherever `request()` then says.
 * Runs in the worker. */

import { parseAudio, streamQuery, backoffMs, Coalescer } from './protocol.js';

const PATH = '/v1/stream';
const SILENT_MS = 6000; /* no message for so long: the connection is dead, whatever TCP thinks */
const SET_INTERVAL_MS = 80;
const PING_MS = 10000;

export class Stream {
  /* `request()` names what to ask for at each attempt: {address, at, scene, seed}. `events` has
   * hello, phrase, receipt, audio, problem(error), bye, state(name, detail), sent(id, controls).
   * `health()` gives {bufferMs, underruns} for the server's statistics. */
  constructor(request, events, health) {
    this.request = request;
    this.events = events;
    this.health = health;
    this.socket = null;
    this.wanted = false;
    this.ready = false; /* hello has come: changes may be sent */
    this.attempt = 0;
    this.reconnects = 0;
    this.nextId = 1;
    this.kept = {}; /* changes made while there was nobody to send them to */
    this.sets = new Coalescer((controls) => this.sendSet(controls), SET_INTERVAL_MS);
    self.addEventListener('online', () => this.hurry());
  }

  open() {
    this.close();
    this.wanted = true;
    this.attempt = 0;
    this.connect();
  }

  close() {
    this.wanted = false;
    this.ready = false;
    clearTimeout(this.retryTimer);
    clearInterval(this.pingTimer);
    clearTimeout(this.silentTimer);
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close(1000);
  }

  connect() {
    clearTimeout(this.retryTimer);
    const query = streamQuery(this.request());
    const url = new URL(PATH + query, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url, 'aeolian.v1');
    let opened = false;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => { opened = true; };
    socket.onmessage = (event) => { if (socket === this.socket) this.receive(event.data); };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lost(opened, event.code, PATH + query);
    };
    this.socket = socket;
    this.events.state('connecting', { again: this.attempt > 0 });
    this.watch();
  }

  /* Each sign of life moves the dead line on. */
  watch() {
    clearTimeout(this.silentTimer);
    const socket = this.socket;
    this.silentTimer = setTimeout(() => {
      if (socket !== this.socket) return;
      socket.onclose = null;
      socket.close();
      this.lost(true, 1006, '');
    }, SILENT_MS);
  }

  async lost(opened, code, path) {
    this.socket = null;
    this.ready = false;
    clearTimeout(this.silentTimer);
    clearInterval(this.pingTimer);
    const refusal = opened ? null : await askWhy(path);
    if (!this.wanted || this.socket) return;
    if (refusal && refusal.status >= 400 && refusal.status < 500 && refusal.status !== 426) {
      this.wanted = false;
      this.events.state('refused', refusal.error);
      return;
    }
    const wait = backoffMs(this.attempt++);
    this.events.state('waiting', { code, full: Boolean(refusal && refusal.status === 503) });
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  /* The network is back: no reason to sit out the wait. */
  hurry() {
    if (this.wanted && !this.socket) this.connect();
  }

  receive(data) {
    this.watch();
    if (typeof data !== 'string') {
      const message = parseAudio(data);
      if (message) this.events.audio(message);
      return;
    }
    let message = null;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    this.dispatch(message);
  }

  dispatch(message) {
    const { events } = this;
    if (message.type === 'hello') this.greeted(message);
    else if (message.type === 'phrase') events.phrase(message);
    else if (message.type === 'receipt') events.receipt(message);
    else if (message.type === 'error') events.problem(message);
    else if (message.type === 'bye') events.bye(message);
    else if (message.type === 'pong') this.roundTripMs = performance.now() - message.t;
  }

  greeted(hello) {
    if (this.attempt > 0) this.reconnects++;
    this.attempt = 0;
    this.ready = true;
    this.pingTimer = setInterval(() => this.ping(), PING_MS);
    this.events.hello(hello);
    this.events.state('open', {});
    const kept = this.kept;
    this.kept = {};
    for (const [name, value] of Object.entries(kept)) this.set(name, value);
  }

  ping() {
    const { bufferMs, underruns } = this.health();
    this.send({ type: 'ping', t: Math.round(performance.now()) });
    this.send({ type: 'stats', buffer_ms: Math.round(bufferMs), underruns });
  }

  /* A control moved: sent now, or soon with others, or when somebody listens again. */
  set(name, value) {
    if (this.ready) this.sets.put(name, value);
    else this.kept[name] = value;
  }

  sendSet(controls) {
    if (!this.ready) {
      Object.assign(this.kept, controls);
      return;
    }
    const id = this.nextId++;
    this.events.sent(id, controls);
    this.send({ type: 'set', id, controls });
  }

  scene(name) {
    const id = this.nextId++;
    this.send({ type: 'scene', id, name });
    return id;
  }

  send(message) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(message));
    }
  }
}

/* The reason behind a refused upgrade: {status, error}, or null when nobody answers. */
async function askWhy(path) {
  try {
    const response = await fetch(path, { cache: 'no-store' });
    const error = await response.json().catch(() => ({}));
    return { status: response.status, error };
  } catch {
    return null;
  }
}
