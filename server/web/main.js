/* main.js: wires the page together: what the listener does, what the server says, what sounds.
 *
 *   music.js (worker: socket, decoder) --frames--> player.js (worklet) --position--> the rest
 *
 * The place in the music {address, at} lives here for links and for playing on after a stop: a
 * receipt brings a new address, playing moves `at`. Runs in the page. */

import { Music } from './music.js';
import { decoderAvailable } from './decoder.js';
import { Player } from './player.js';
import { Controls } from './controls.js';
import { SceneCards, fetchScenes, sceneHues } from './scenes.js';
import { NowPlaying } from './now-playing.js';
import { Visual } from './visual.js';
import { placeFromURL, linkTo, copyText } from './share.js';
import { bindKeys } from './keys.js';
import { bindVolume, bindReceding } from './chrome.js';
import { statusText, insecureText } from './words.js';

const TICK_MS = 200;
const HEALTH_MS = 5000;

const $ = (id) => document.getElementById(id);
const app = {
  state: 'stopped', /* stopped, connecting, playing, reconnecting, refused */
  place: placeFromURL(location.href) || {},
  hello: null,
  lastReceipt: null,
  reconnects: 0,
  sceneAsked: new Map(),
};

const announce = (text) => { $('said').textContent = text; };
const player = new Player(() => tick(), (port) => music.output(port));
const now = new NowPlaying(
  { title: $('title'), harmony: $('harmony'), said: $('said') },
  (name) => { showScene(name); setState(app.state); },
);
const visual = new Visual($('light'), $('title'), {
  position: () => player.heardPosition(),
  level: () => player.level(),
});
const controls = new Controls($('controls'), (name, value) => music.set(name, value), announce);
const cards = new SceneCards($('scenes'), chooseScene);
const music = new Music({
  state: musicState,
  hello: takeHello,
  phrase: takePhrase,
  receipt: takeReceipt,
  problem: takeProblem,
  asked: ({ id, name }) => app.sceneAsked.set(id, name),
  sent: ({ id, controls: changes }) => controls.sent(id, changes),
  fault: (text) => console.warn('the decoder began anew:', text),
});

function setState(state, detail = {}) {
  app.state = state;
  document.body.dataset.state = state;
  const on = state !== 'stopped' && state !== 'refused';
  $('play').setAttribute('aria-label', on ? 'Stop' : 'Play');
  const text = statusText(state, detail);
  if ($('status').textContent !== text) $('status').textContent = text;
  visual.play(state === 'playing' || state === 'reconnecting');
  if ('mediaSession' in navigator) navigator.mediaSession.playbackState = on ? 'playing' : 'paused';
}

async function play() {
  setState('connecting');
  try {
    now.clear();
    visual.score.clear();
    app.hello = null;
    await player.start();
  } catch (error) {
    setState('refused', { message: `The browser would not open the sound: ${error.message}` });
    return;
  }
  if (app.state === 'connecting') music.open(app.place);
  else player.stop();
}

function stop() {
  const heard = player.heardPosition();
  if (heard !== null) app.place.at = heard;
  music.close();
  player.stop();
  setState('stopped');
  keepInURL();
}

function toggle() {
  if (!decoderAvailable()) return;
  if (app.state === 'stopped' || app.state === 'refused') play();
  else stop();
}

/* A scene taken while music sounds takes its turn in the music; at rest it is what plays next. */
function chooseScene(scene) {
  if (!decoderAvailable()) return;
  if (app.state === 'playing' && scene.name === cards.current) return;
  if (app.state === 'playing') {
    music.scene(scene.name);
    cards.mark(scene.name);
    return;
  }
  music.close();
  player.stop();
  app.place = { scene: scene.name };
  showScene(scene.name);
  play();
}

function showScene(name) {
  const hues = sceneHues(name);
  document.documentElement.style.setProperty('--hue', hues[0]);
  document.documentElement.style.setProperty('--sky', hues[1]);
  visual.colour(hues);
  now.scene(name);
  cards.mark((cards.find(name) || { name }).name);
}

function musicState({ name, ...detail }) {
  if (name === 'refused') {
    player.stop();
    if (app.place.address) app.place = {}; /* the next play begins a new piece */
    setState('refused', detail);
  } else if (name === 'open') setState('playing');
  else if (app.hello || name === 'waiting') setState('reconnecting', detail);
}

function takeHello({ hello, reconnects }) {
  app.hello = hello;
  app.reconnects = reconnects;
  app.place = { address: hello.address, at: hello.position };
  controls.fill(hello.controls);
  showScene((cards.find(hello.scene) || { name: hello.scene }).name);
  keepInURL();
}

function takePhrase(phrase) {
  now.phrase(phrase);
  visual.score.add(phrase.notes || []);
}

function takeReceipt(receipt) {
  app.lastReceipt = receipt;
  if (receipt.address) app.place.address = receipt.address;
  controls.receipt(receipt, player.heardPosition());
  const next = app.sceneAsked.get(receipt.id);
  app.sceneAsked.delete(receipt.id);
  if (next && next !== now.name) setState(app.state, { next });
  keepInURL();
}

/* The server would not do something; the music goes on. */
function takeProblem(error) {
  controls.refused(error.id, error.field ? [error.field] : []);
  if (app.sceneAsked.delete(error.id)) cards.mark(now.name);
  announce(error.message || error.code);
}

/* A reload opens the piece that plays, at the last change or stop. */
function keepInURL() {
  if (!app.place.address) return;
  const heard = player.heardPosition();
  const at = heard === null ? app.place.at : heard;
  history.replaceState(null, '', linkTo(location.href, { ...app.place, at }));
}

async function share() {
  const button = $('share');
  if (!app.place.address) {
    announce('Play first, then share the moment you hear.');
    return;
  }
  const heard = player.heardPosition();
  const link = linkTo(location.href, { ...app.place, at: heard === null ? app.place.at : heard });
  history.replaceState(null, '', link);
  const copied = await copyText(link);
  button.textContent = copied ? 'Link copied' : 'Link is in the address bar';
  announce(button.textContent);
  setTimeout(() => { button.textContent = 'Share'; }, 2400);
}

function tick() {
  const heard = player.heardPosition();
  if (heard === null) return;
  now.tick(heard);
  if (app.state === 'playing' && player.report.mode === 'filling' && player.report.played > 0) {
    document.body.dataset.buffering = '';
  } else delete document.body.dataset.buffering;
}

/* Diagnostics, for tests and for the curious: window.aeolian.stats() in the console. */
function stats() {
  const report = player.report || {};
  return {
    state: app.state,
    position: player.heardPosition(),
    bufferMs: (report.fill || 0) / 48,
    targetMs: (report.target || 0) / 48,
    framesPlayed: report.played || 0,
    framesSilent: report.silent || 0,
    underruns: report.underruns || 0,
    joins: report.joins || 0,
    resampleRatio: report.ratio || 1,
    lastReceipt: app.lastReceipt,
    address: app.place.address || null,
    reconnects: app.reconnects,
  };
}

async function loadScenes() {
  let known = null;
  try {
    known = await fetchScenes();
    cards.fill(known.scenes);
  } catch {
    setTimeout(loadScenes, 3000);
    return;
  }
  if (app.hello) showScene(app.hello.scene);
  else if (!app.place.address) {
    const scene = cards.find(app.place.scene) || cards.scenes[0];
    if (!scene) return;
    showScene(scene.name);
    controls.fill(known.controls || {}, scene.defaults);
  }
}

function bindSystem() {
  if (!('mediaSession' in navigator)) return;
  const session = navigator.mediaSession;
  session.setActionHandler('play', () => { if (app.state === 'stopped') play(); });
  session.setActionHandler('pause', () => { if (app.state !== 'stopped') stop(); });
  session.setActionHandler('stop', () => { if (app.state !== 'stopped') stop(); });
}

function begin() {
  window.aeolian = { stats, player };
  const toggleMute = bindVolume(player, { slider: $('volume'), button: $('mute') });
  bindReceding(document.body);
  bindSystem();
  $('play').addEventListener('click', toggle);
  $('share').addEventListener('click', share);
  bindKeys({
    toggle,
    share,
    mute: toggleMute,
    scene: (i) => { if (cards.scenes[i]) chooseScene(cards.scenes[i]); },
  });
  loadScenes();
  setInterval(tick, TICK_MS);
  setInterval(() => {
    const { bufferMs, underruns } = stats();
    music.health({ bufferMs, underruns });
  }, HEALTH_MS);
  setState('stopped', { linked: Boolean(app.place.address) });
  if (!decoderAvailable()) {
    document.body.dataset.state = 'unable';
    $('play').hidden = true;
    $('status').textContent = insecureText(location, window.isSecureContext);
  }
}

begin();
