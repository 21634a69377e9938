/* share.js: a place in the music as a link, and the other way round.
 *
 * The page's own address carries the music address and the position (frames), so that a link,
 * a bookmark or a reload opens the same second of the same piece. Runs in the page. */

/* The music a link asks for: {address, at} or {scene, seed, at}; null for a plain visit. Without
 * `at` the address's own position counts. */
export function placeFromURL(href) {
  const query = new URL(href).searchParams;
  const frames = Number(query.get('at'));
  const at = query.get('at') && Number.isSafeInteger(frames) && frames >= 0 ? frames : undefined;
  if (query.get('address')) return { address: query.get('address'), at };
  if (query.get('scene')) {
    return { scene: query.get('scene'), seed: query.get('seed') || undefined, at };
  }
  return null;
}

/* The link to a place. */
export function linkTo(href, { address, at }) {
  const url = new URL(href);
  url.search = '';
  url.hash = '';
  url.searchParams.set('address', address);
  if (at >= 0) url.searchParams.set('at', String(Math.floor(at)));
  return url.href;
}

/* Puts text on the clipboard; the old way where the new one is not given (plain http). */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'offscreen';
  document.body.append(field);
  field.select();
  let copied = false;
  try {
    copied = document.execCommand('copy');
  } catch {
    copied = false;
  }
  field.remove();
  return copied;
}
