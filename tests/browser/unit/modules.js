// modules.js: brings the page's modules into node for the unit tests.
//
// They are ES modules with the ending .js; node takes that ending for one only beside a
// package.json that says so, and the served folder has none. So they are copied next to one.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const WEB = fileURLToPath(new URL('../../../server/web/', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'aeolian-web-'));
cpSync(WEB, folder, { recursive: true });
writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export const load = (name) => import(pathToFileURL(path.join(folder, name)).href);
