// tap.js: records what really goes to the loudspeaker, on the audio thread, without losing a frame.
//
// The recorder hangs behind the volume, the last node before the output, and gives no sound of its
// own. Its worklet comes from a blob, which the page's content security policy forbids: a page that
// is recorded is opened with bypassCSP; the test's other pages play under the policy as it is.

const WORKLET = `
class Tap extends AudioWorkletProcessor {
  constructor() { super(); this.left = []; this.right = []; }
  process(inputs) {
    const [left, right] = inputs[0].length ? inputs[0] : [new Float32Array(128)];
    this.left.push(left.slice());
    this.right.push((right || left).slice());
    if (this.left.length === 75) {
      this.port.postMessage({ frame: currentFrame + 128 - 75 * 128, left: this.left,
        right: this.right });
      this.left = [];
      this.right = [];
    }
    return true;
  }
}
registerProcessor('test-tap', Tap);`;

// Call once music plays (the page makes its audio graph at the first play).
export async function startTap(page) {
  await page.evaluate(async (worklet) => {
    const { player } = window.aeolian;
    const { context, gain } = player;
    const url = URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' }));
    await context.audioWorklet.addModule(url);
    const node = new AudioWorkletNode(context, 'test-tap');
    gain.connect(node).connect(context.destination);
    const tap = { chunks: [], node };
    node.port.onmessage = ({ data }) => tap.chunks.push({ ...data, report: player.report });
    window.testTap = tap;
  }, WORKLET);
}

function copyOut({ frames, fresh }) {
  const tap = window.testTap;
  if (fresh) tap.chunks = [];
  const enough = () => tap.chunks.length * 75 * 128 >= frames;
  const pack = () => {
    const chunks = tap.chunks.splice(0, Math.ceil(frames / 9600));
    const out = [new Float32Array(chunks.length * 9600), new Float32Array(chunks.length * 9600)];
    chunks.forEach((chunk, i) => {
      chunk.left.forEach((block, k) => out[0].set(block, i * 9600 + k * 128));
      chunk.right.forEach((block, k) => out[1].set(block, i * 9600 + k * 128));
    });
    const text = out.map((channel) => {
      const bytes = new Uint8Array(channel.buffer);
      let binary = '';
      for (let i = 0; i < bytes.length; i += 32768) {
        binary += String.fromCharCode(...bytes.subarray(i, i + 32768));
      }
      return btoa(binary);
    });
    const [left, right] = text;
    const reports = chunks.map(({ report }) => [report.time * 48000, report.position]);
    const rate = window.aeolian.player.context.sampleRate;
    return { left, right, frame: chunks[0].frame, reports, rate };
  };
  return new Promise((resolve) => {
    const wait = () => (enough() ? resolve(pack()) : setTimeout(wait, 20));
    wait();
  });
}

// The next `seconds` of sound: {left, right, frame (the context's frame of the first one), reports
// (pairs: at this frame of the context, that position of the music)}. fresh: false takes what has
// gathered since the last call too.
export async function record(page, seconds, fresh = true) {
  const got = await page.evaluate(copyOut, { frames: Math.round(seconds * 48000), fresh });
  return { ...got, left: floats(got.left), right: floats(got.right) };
}

function floats(text) {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
