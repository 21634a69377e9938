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
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { audible, openPage, pause, stats, until } from './pages.js';
import { startTap, record } from './tap.js';
import { Program, Checks, freePort } from './serving.js';
import { keyboardAlone, refusals, screenshots, shareAndOpen } from './visits.js';
import {
  centroid, decibels, guardBand, likeness, longestSilence, ontoPositions, rms, share, spectrum,
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
  const broken = sound.left.slice().fill(0, 240000, 240240);
  expect(guardBand(broken).level > GUARD_DBFS && longestSilence(broken, broken) >= 240,
    'self-check: a gap of 5 ms in it would be found',
    `guard band ${guardBand(broken).level.toFixed(1)} dBFS`);
  expect(after.framesSilent === 0 && after.underruns === 0, 'no underruns',
    `${after.framesPlayed} frames played, buffer ${after.bufferMs.toFixed(0)} ms`);
  const ratio = after.resampleRatio;
  expect(Math.abs(ratio - 1) <= 0.001 && after.position - before.position > 9 * 48000,
    'the position moves with the music', `ratio ${ratio.toFixed(5)}`);
  return sound;
}

// The recording against the offline render of the same place (another piece gives 0.01). The
// player's reports say which position went out at which frame; it reads a touch faster or slower
// than it was written, so the recording is laid back onto the positions first.
async function samePiece(page, program, sound, what) {
  const { address } = await stats(page);
  const reports = sound.reports.slice(1);
  const start = Math.ceil(reports[0][1]);
  const count = 3 * 48000;
  const heard = ontoPositions(sound.left, sound.frame, reports, start, count);
  const reach = 2400;
  try {
    const there = await program.addressAt(address, start);
    const render = program.render(there, (count + reach) / 48000);
    const { correlation, lag } = likeness(render, heard, reach);
    expect(correlation > 0.8 && Math.abs(lag) < 48, `${what}: it is the piece the address names`,
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
  const before = (await stats(page)).lastReceipt.id;
  const began = Date.now();
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
  await page.mouse.down();
  for (let i = 0; i <= 60; i++) {
    await page.mouse.move(box.x + box.width * (0.3 + 0.6 * i / 60), box.y + box.height / 2);
    await pause(15);
  }
  await page.mouse.up();
  const seconds = (Date.now() - began) / 1000;
  await pause(600);
  const value = await page.inputValue('#control-space');
  const { lastReceipt } = await stats(page);
  const count = lastReceipt.id - before;
  expect(count > 2 && count / Math.max(1, seconds) < 20,
    'a dragged slider stays under the message limit',
    `${count} messages in ${seconds.toFixed(2)} s`);
  expect(Math.abs(lastReceipt.controls.space?.value - value) < 0.006,
    'and its last value arrives', `${value}`);
}

async function killAndRestart(page, program) {
  page.serverAway = true;
  await record(page, 0.2);
  const before = await page.evaluate(() => window.aeolian.player.report);
  await program.kill();
  expect(await until(page, (s) => s.state === 'reconnecting'), 'a killed server is noticed');
  await pause(1500);
  const status = await page.textContent('#status');
  expect(/lost/i.test(status), 'and said', `"${status}"`);
  await program.start();
  const back = await until(page, (s) => s.state === 'playing' && s.bufferMs > 100, 20000);
  await pause(1500);
  page.serverAway = false;
  const after = await page.evaluate(() => window.aeolian.player.report);
  const moved = Math.round(after.position - before.position);
  const played = after.played - before.played;
  const { reconnects } = await stats(page);
  expect(back && reconnects === 1, 'the page connects again by itself');
  expect(played > 48000 && Math.abs(moved - played) < 0.0011 * played + 16,
    'the music goes on from the position it had',
    `position moved ${moved}, ${played} frames sounded, ${after.silent} were silent`);
  expect(after.underruns === before.underruns + 1, 'one gap, no more');
  const across = await record(page, 2, false);
  guardHeld(across, 'across the gap');
  await pause(4000);
  await samePiece(page, program, await record(page, 5), 'after the restart');
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
    await shareAndOpen(browser, page, expect);
    expect(page.errors.length === 0, 'no error in the console', page.errors.join(' | '));
    await page.context().close();
    await keyboardAlone(browser, program.url, expect);
    await refusals(browser, program.url, expect);
    const readme = process.env.UPDATE_README_PICTURE === '1' && path.join(ROOT, 'docs/player.png');
    await screenshots(browser, program.url, expect, { folder: SHOTS, readme });
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
