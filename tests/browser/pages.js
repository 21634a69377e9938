// pages.js: opening the player page in Chromium and asking it how it is.

export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
export const stats = (page) => page.evaluate(() => window.aeolian.stats());

// Opens the page. Everything the console calls an error, but for connections refused while the
// server is away, is kept in page.errors.
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => {
    const expected = page.serverAway && /WebSocket|Failed to load/.test(message.text());
    if (message.type() === 'error' && !expected) page.errors.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector('.card');
  return page;
}

// Waits until a condition on the statistics holds; false when it does not in time.
export async function until(page, condition, ms = 15000) {
  for (const end = Date.now() + ms; Date.now() < end; await pause(50)) {
    if (condition(await stats(page))) return true;
  }
  return false;
}

// Half a second has sounded.
export const audible = (s) => s.state === 'playing' && s.framesPlayed > 24000;
