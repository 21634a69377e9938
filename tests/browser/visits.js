// visits.js: the shorter visits to the page, each in a fresh browser context and under the content
// security policy as the server sends it: a shared link, the keyboard alone, what is refused, and
// the pictures.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { audible, openPage, pause, stats, until } from './pages.js';

export async function shareAndOpen(browser, page, expect) {
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

export async function keyboardAlone(browser, url, expect) {
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
  await pause(120); // in the middle of the fade
  await page.keyboard.press(' ');
  await until(page, audible);
  const again = (await stats(page)).position;
  expect(again > heard - 24000 && again < heard + 5 * 48000, 'and plays on from there',
    `${heard}, then ${again}`);
  expect(page.errors.length === 0, 'without errors', page.errors.join(' | '));
  await page.context().close();
}

export async function refusals(browser, url, expect) {
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

export async function screenshots(browser, url, expect, { folder, readme }) {
  mkdirSync(folder, { recursive: true });
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const looks = [['desktop-dark', { colorScheme: 'dark' }], ['desktop-light', {}],
    ['phone-dark', { ...phone, colorScheme: 'dark' }], ['phone-light', phone]];
  for (const [name, options] of looks) {
    const page = await openPage(browser, `${url}?scene=harbour-at-first-light&seed=1`, options);
    await page.click('#play');
    await until(page, audible);
    await page.mouse.move(5, 5);
    await pause(name === 'desktop-dark' ? 6000 : 3500);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
    if (name === 'desktop-dark' && readme) await page.screenshot({ path: readme });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide <= 0 && page.errors.length === 0, `${name}: fits, without errors`,
      page.errors.join(' | '));
    await page.context().close();
  }
}
