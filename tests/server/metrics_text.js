/* metrics_text.js: what /metrics says, read line by line: every family has HELP and TYPE before
 * its samples and stands once, labels are from the list here, and no listener has one. */
import assert from 'node:assert/strict';

const LABEL =
  /^(?:(?:renderer|version|sound|stage|reason|code)="[a-z0-9._-]+"|le="(?:[0-9.e+-]+|\+Inf)")$/;

/* Samples by name and labels, `aeolian_x{stage="copy"}`, as numbers. Throws when TEXT is bad. */
export function parseMetrics(text) {
  assert.ok(text.endsWith('\n'));
  const samples = new Map();
  const families = new Set();
  let family;
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ((?:aeolian|process)_[a-z_]+) [A-Z1].*\.$/.exec(line);
    const type = /^# TYPE ((?:aeolian|process)_[a-z_]+) (counter|gauge|histogram)$/.exec(line);
    const sample =
      /^((?:aeolian|process)_[a-z_]+)(?:\{([^}]*)\})? ([0-9]+(?:\.[0-9]+)?(?:e\+?[0-9]+)?)$/
        .exec(line);
    assert.ok(help || type || sample, line);
    if (help) {
      assert.ok(!families.has(help[1]), `${line} twice`);
      families.add(help[1]);
      family = { name: help[1] };
    } else if (type) {
      assert.equal(type[1], family.name, line);
      family.type = type[2];
    } else {
      const name = family.type === 'histogram'
        ? sample[1].replace(/_(bucket|sum|count)$/, '') : sample[1];
      assert.equal(name, family.name, line);
      assert.equal(family.type === 'counter', sample[1].endsWith('_total'), line);
      for (const label of sample[2]?.split(',') ?? []) assert.match(label, LABEL, line);
      const key = sample[1] + (sample[2] ? `{${sample[2]}}` : '');
      assert.ok(!samples.has(key), `${line} twice`);
      samples.set(key, Number(sample[3]));
    }
  }
  return samples;
}

/* Fetches and parses; AT is the server's address. */
export async function metrics(at) {
  const answer = await fetch(`${at}/metrics`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return parseMetrics(await answer.text());
}
