/* glow.js: one soft light as a small picture: bright at the heart, gone at the rim.
 *
 * Painted point by point with a grain of noise in its transparency: eight bits alone would show
 * rings in so slow a gradient. Made once per colour, then only placed. Runs in the page. */

const SIZE = 192;

/* `lift` lightens the colour, `vivid` below 1 greys it. Dark skies take light, light skies ink. */
export function makeGlow(hue, dark, lift = 0, vivid = 1) {
  const sprite = document.createElement('canvas');
  sprite.width = SIZE;
  sprite.height = SIZE;
  const paint = sprite.getContext('2d');
  const image = paint.createImageData(SIZE, SIZE);
  const heart = rgb(hue, 0.7 * vivid, (dark ? 0.86 : 0.52) + lift);
  const body = rgb(hue, 0.62 * vivid, (dark ? 0.6 : 0.6) + lift);
  const half = (SIZE - 1) / 2;
  let grain = 1;
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const r = Math.hypot(x - half, y - half) / half;
      grain = (Math.imul(grain, 1664525) + 1013904223) >>> 0;
      shade(image.data, 4 * (y * SIZE + x), r, heart, body, grain / 4294967296 - 0.5);
    }
  }
  paint.putImageData(image, 0, 0);
  return sprite;
}

function shade(data, at, r, heart, body, noise) {
  if (r >= 1) return;
  const core = Math.exp(-((r / 0.11) ** 2));
  const alpha = (0.6 * core + 0.4 * Math.exp(-((r / 0.38) ** 2))) * (1 - r ** 3);
  for (let c = 0; c < 3; c++) data[at + c] = body[c] + (heart[c] - body[c]) * core;
  data[at + 3] = Math.max(0, 255 * alpha * (1 + 0.16 * noise) + 2.4 * noise);
}

/* Hue in degrees, the others 0..1; three numbers 0..255. */
function rgb(hue, saturation, lightness) {
  const light = Math.min(0.97, Math.max(0, lightness));
  const chroma = saturation * Math.min(light, 1 - light);
  return [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12;
    return 255 * (light - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  });
}
