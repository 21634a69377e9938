// browser.test.js: the real program, heard through a real browser.
//
// Chromium opens the page that `aeolian serve` serves, a real click starts the music, and what goes
// to the loudspeaker is recorded and judged: level, spectrum, silence, clicks, and whether it is
// the very piece the address names (compared with an offline render). Then a slider is moved, the
// server killed and started again under the music, links opened, the keyboard used alone.
//
//   node tests/browser/browser.test.js [PROGRAM]     (or AEOLIAN_BIN; build/release/aeolian)
//   AEOLIAN_SCREENSHOTS=folder                       (build/screenshots)
//   UPDATE_README_PICTURE=1                          writes docs/player.png
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startTap, record } from './tap.js';
import { Program, Checks, freePort } from './serving.js';
import {
  centroid, decibels, guardBand, likeness, longestSilence, rms, share, spectrum,
} from './sound.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BINARY = path.resolve(process.argv[2] || process.env.AEOLIAN_BIN
  || path.join(ROOT, 'build/release/aeolian'));
const SHOTS = process.env.AEOLIAN_SCREENSHOTS || path.join(ROOT, 'build/screenshots');
const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser'].find((file) => file && existsSync(file));
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const GUARD_DBFS = -110; // see guardHeld

const checks = new Checks();
const expect = checks.expect.bind(checks);
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const stats = (page) => page.evaluate(() => window.aeolian.stats());

// Opens the page. Everything the console calls an error, but for connections refused while the
// server is away, is kept in page.errors.
async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.errors = [];
  page.sets = [];
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => {
    const expected = page.serverAway && /WebSocket|Failed to load/.test(message.text());
    if (message.type() === 'error' && !expected) page.errors.push(message.text());
  });
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
    if (String(payload).includes('"set"')) page.sets.push(Date.now());
  }));
  await page.goto(url);
  await page.waitForSelector('.card');
  return page;
}

// Waits until a condition on the statistics holds; false when it does not in time.
async function until(page, condition, ms = 15000) {
  for (const end = Date.now() + ms; Date.now() < end; await pause(50)) {
    if (condition(await stats(page))) return true;
  }
  return false;
}

const audible = (s) => s.state === 'playing' && s.framesPlayed > 24000;

// Nothing that sounds may click. What Opus leaves above 20 kHz lies lower.
function guardHeld(sound, what) {
  const { level, frame } = guardBand(sound.left);
  expect(level < GUARD_DBFS, `${what}: no click`,
    `guard band at most ${level.toFixed(1)} dBFS, at ${(frame / 48000).toFixed(2)} s`);
}

async function firstPlay(page) {
  await page.click('#play');
  const clicked = Date.now();
  expect(await until(page, (s) => s.framesPlayed > 0), 'a click on play starts the music',
    `within ${Date.now() - clicked} ms`);
  await until(page, audible);
  await startTap(page);
}

async function listen(page) {
  const before = await stats(page);
  const sound = await record(page, 10);
  const after = await stats(page);
  const level = decibels(rms(sound.left));
  const bins = spectrum(sound.left);
  const low = share(bins, 30, 4000);
  expect(sound.rate === 48000 && sound.left.length >= 480000, '10 s recorded at 48 kHz',
    `${sound.left.length} frames`);
  expect(level > -45 && level < -10, 'level is that of music', `${level.toFixed(1)} dBFS`);
  expect(low > 0.9 && centroid(bins) > 100 && centroid(bins) < 4000, 'spectrum is that of music',
    `${(100 * low).toFixed(1)} % below 4 kHz, centroid ${centroid(bins).toFixed(0)} Hz`);
  const silence = longestSilence(sound.left, sound.right);
  expect(silence < 16, 'no silent frames', `longest run ${silence}`);
  expect(sound.left.some((x, i) => Math.abs(x - sound.right[i]) > 1e-3), 'it is stereo');
  guardHeld(sound, '10 s of music');
  expect(after.framesSilent === 0 && after.underruns === 0, 'no underruns',
    `${after.framesPlayed} frames played, buffer ${after.bufferMs.toFixed(0)} ms`);
  const ratio = after.resampleRatio;
  expect(Math.abs(ratio - 1) <= 0.001 && after.position - before.position > 9 * 48000,
    'the position moves with the music', `ratio ${ratio.toFixed(5)}`);
  return sound;
}

// The recording against the offline render of the same place. The player's report says which
// position went out when; the recording begins at a known frame of the same clock.
async function samePiece(page, program, sound, what) {
  const { address } = await stats(page);
  const { report } = sound;
  const start = Math.round(report.position - report.time * 48000 + sound.frame);
  const reach = 4800;
  const count = 4 * 48000;
  try {
    const there = await program.addressAt(address, Math.max(0, start));
    const render = program.render(there, (count + reach) / 48000);
    const { correlation, lag } = likeness(render, sound.left.slice(0, count), reach);
    expect(correlation > 0.9 && Math.abs(lag) < 480, `${what}: it is the piece the address names`,
      `correlation ${correlation.toFixed(4)}, ${lag} frames off at position ${start}`);
  } catch (error) {
    expect(false, `${what}: it is the piece the address names`, error.message.slice(0, 300));
  }
}

async function moveSlider(page) {
  const note = page.locator('.slider:has(#control-brightness) .slider-note');
  await page.focus('#control-brightness');
  await page.keyboard.press('Home');
  await page.waitForFunction((n) => n.textContent.startsWith('heard'), await note.elementHandle());
  await pause(5200);
  const dark = centroid(spectrum((await record(page, 4)).left));
  const moved = Date.now();
  await page.keyboard.press('End');
  await page.waitForFunction(
    () => window.aeolian.stats().lastReceipt?.controls.brightness?.value === 1,
  );
  const answered = Date.now() - moved;
  const text = await note.textContent();
  const ms = Number((/^heard in (\d+) ms$/.exec(text) || [])[1]);
  expect(ms > 0 && ms < 1000, 'the receipt appears under the slider',
    `"${text}", answered in ${answered} ms`);
  await pause(5200);
  const sound = await record(page, 4);
  const bright = centroid(spectrum(sound.left));
  expect(bright > 1.1 * dark, 'brightness is heard',
    `centroid ${dark.toFixed(0)} Hz dark, ${bright.toFixed(0)} Hz bright`);
  guardHeld(sound, 'after the change');
}

async function dragSlider(page) {
  const box = await page.locator('#control-space').boundingBox();
  page.sets = [];
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
  await page.mouse.down();
  for (let i = 0; i <= 60; i++) {
    await page.mouse.move(box.x + box.width * (0.3 + 0.6 * i / 60), box.y + box.height / 2);
    await pause(15);
  }
  await page.mouse.up();
  await pause(300);
  const seconds = (page.sets.at(-1) - page.sets[0]) / 1000;
  const rate = page.sets.length / Math.max(1, seconds);
  const value = await page.inputValue('#control-space');
  const { lastReceipt } = await stats(page);
  expect(page.sets.length > 2 && rate < 20, 'a dragged slider stays under the message limit',
    `${page.sets.length} messages in ${seconds.toFixed(2)} s`);
  expect(Math.abs(lastReceipt.controls.space?.value - value) < 0.006,
    'and its last value arrives', `${value}`);
}

async function killAndRestart(page, program) {
  page.serverAway = true;
  await record(page, 0.2);
  const before = await stats(page);
  await program.kill();
  expect(await until(page, (s) => s.state === 'reconnecting'), 'a killed server is noticed');
  await pause(1500);
  const status = await page.textContent('#status');
  expect(/lost/i.test(status), 'and said', `"${status}"`);
  await program.start();
  const back = await until(page, (s) => s.state === 'playing' && s.bufferMs > 100, 20000);
  await pause(1500);
  page.serverAway = false;
  const after = await stats(page);
  const moved = after.position - before.position;
  const played = after.framesPlayed - before.framesPlayed;
  expect(back && after.reconnects === 1, 'the page connects again by itself');
  expect(Math.abs(moved - played) < 3000, 'the music goes on from the position it had',
    `position moved ${moved}, ${played} frames sounded, ${after.framesSilent} were silent`);
  expect(after.address.length > 0 && after.underruns === 1, 'one gap, no more');
  const across = await record(page, 2, false);
  guardHeld(across, 'across the gap');
  await pause(4000);
  await samePiece(page, program, await record(page, 5), 'after the restart');
}

async function shareAndOpen(browser, page) {
  await page.locator('body').click({ position: { x: 700, y: 200 } });
  await page.keyboard.press('s');
  await pause(300);
  const link = page.url();
  const at = Number(new URL(link).searchParams.get('at'));
  const here = (await stats(page)).position;
  expect(link.includes('address=') && Math.abs(here - at) < 48000, 'S makes a link to this moment',
    `${link.length} characters`);
  const other = await openPage(browser, link);
  await other.click('#play');
  await until(other, audible);
  const { position } = await stats(other);
  expect(position >= at && position - at < 5 * 48000, 'and the link plays from there',
    `asked ${at}, heard ${position}`);
  expect(other.errors.length === 0, 'without errors', other.errors.join(' | '));
  await other.context().close();
}

async function keyboardAlone(browser, url) {
  const page = await openPage(browser, url, { reducedMotion: 'reduce' });
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.id) === 'play') break;
  }
  const ring = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return [document.activeElement.id, style.outlineStyle, parseFloat(style.outlineWidth)];
  });
  expect(ring[0] === 'play' && ring[1] !== 'none' && ring[2] >= 2, 'Tab reaches play, visibly',
    ring.join(' '));
  await page.keyboard.press('Enter');
  expect(await until(page, audible), 'Enter plays');
  const names = await page.evaluate(() => [...document.querySelectorAll('button, input')]
    .map((e) => e.ariaLabel || e.textContent.trim() || e.labels?.[0]?.textContent.trim() || '?'));
  expect(!names.includes('?') && names.length > 9, 'everything to touch has a name',
    names.slice(0, 5).join(', '));
  const draws = await page.evaluate(async () => {
    let count = 0;
    const { prototype } = CanvasRenderingContext2D;
    const plain = prototype.clearRect;
    prototype.clearRect = function counted(...box) { count++; return plain.apply(this, box); };
    await new Promise((resolve) => { setTimeout(resolve, 2000); });
    prototype.clearRect = plain;
    return count / 2;
  });
  expect(draws <= 3, 'reduced motion: the light hardly moves', `${draws} pictures a second`);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('m');
  await pause(600);
  const volume = await page.evaluate(() => window.aeolian.player.gain.gain.value);
  expect(volume < 1e-4, 'M mutes', `gain ${volume.toExponential(1)}`);
  await page.keyboard.press('m');
  await page.keyboard.press(' ');
  expect(await until(page, (s) => s.state === 'stopped'), 'Space stops');
  const heard = (await stats(page)).position;
  await pause(800);
  await page.keyboard.press(' ');
  await until(page, audible);
  const again = (await stats(page)).position;
  expect(again > heard - 24000 && again < heard + 5 * 48000, 'and plays on from there',
    `${heard}, then ${again}`);
  expect(page.errors.length === 0, 'without errors', page.errors.join(' | '));
  await page.context().close();
}

async function refusals(browser, url) {
  const page = await openPage(browser, `${url}?address=nonsense`);
  page.serverAway = true; // the refused upgrade is an error line of the browser's own
  await page.click('#play');
  expect(await until(page, (s) => s.state === 'refused'), 'a bad link is refused');
  const said = await page.textContent('#status');
  expect(/link/.test(said), 'and the reason is said', `"${said}"`);
  await page.click('#play');
  expect(await until(page, audible), 'play then begins a new piece');
  expect(page.errors.length === 0, 'without errors', page.errors.join(' | '));
  await page.context().close();
  const context = await browser.newContext();
  const bare = await context.newPage();
  await bare.addInitScript(() => { delete window.AudioDecoder; });
  await bare.goto(url);
  const notice = await bare.textContent('#status');
  expect(notice.length > 40 && !(await bare.isVisible('#play')),
    'without a decoder the page says so and shows no dead button', `"${notice}"`);
  await context.close();
}

async function screenshots(browser, url) {
  mkdirSync(SHOTS, { recursive: true });
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const looks = [['desktop-dark', { colorScheme: 'dark' }], ['desktop-light', {}],
    ['phone-dark', { ...phone, colorScheme: 'dark' }], ['phone-light', phone]];
  for (const [name, options] of looks) {
    const page = await openPage(browser, `${url}?scene=harbour-at-first-light&seed=1`, options);
    await page.click('#play');
    await until(page, audible);
    await page.mouse.move(5, 5);
    await pause(name === 'desktop-dark' ? 6000 : 3500);
    await page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
    if (name === 'desktop-dark' && process.env.UPDATE_README_PICTURE === '1') {
      await page.screenshot({ path: path.join(ROOT, 'docs/player.png') });
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide <= 0 && page.errors.length === 0, `${name}: fits, without errors`,
      page.errors.join(' | '));
    await page.context().close();
  }
}

async function main() {
  if (!CHROMIUM) {
    console.log('skipped: no Chromium or Chrome found; CHROMIUM=file names one');
    process.exit(77);
  }
  const program = new Program(BINARY, await freePort());
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  try {
    await program.start();
    const piece = `${program.url}?scene=harbour-at-first-light&seed=1`;
    const page = await openPage(browser, piece, { bypassCSP: true });
    await firstPlay(page);
    const sound = await listen(page);
    await samePiece(page, program, sound, 'at the start');
    await moveSlider(page);
    await dragSlider(page);
    await killAndRestart(page, program);
    await shareAndOpen(browser, page);
    expect(page.errors.length === 0, 'no error in the console', page.errors.join(' | '));
    await page.context().close();
    await keyboardAlone(browser, program.url);
    await refusals(browser, program.url);
    await screenshots(browser, program.url);
  } catch (error) {
    expect(false, 'the test runs to its end', error.stack);
    console.log(program.said);
  } finally {
    await browser.close();
    await program.kill();
  }
  process.exit(checks.close());
}

main();
