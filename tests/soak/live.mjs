// Goal: `aeolian soak` in real time does what it says: a server process and listeners over sockets,
// faults that are made and counted apart, packets that are the offline render's, a report with
// plausible figures; a short run is told to run longer; a planted descriptor leak is found; and the
// server never outlives the run, however that ends. No figure of time is looked at but those that
// cannot be otherwise. Usage: node live.mjs, with AEO_PROGRAM.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";

const program = process.env.AEO_PROGRAM;
const check = (report, name) => report.checks.find((one) => one.name === name);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function run(args, whileItRuns = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(program, ["soak", ...args]);
    let out = "", err = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    child.on("close", (status) => resolve({ status, out, err }));
    whileItRuns(child);
  });
}

// Processes whose parent is PID.
function childrenOf(pid) {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
      return Number(fields[1]) === pid && fields[0] !== "Z";
    } catch {
      return false;
    }
  });
}

async function waitFor(found, what) {
  for (let tries = 0; tries < 1000; tries++) {
    const value = found();
    if (value) return value;
    await sleep(20);
  }
  throw new Error(`waited in vain for ${what}`);
}

async function faulty(folder) {
  const faults = ["disk-full", "sigstop", "renderer-lost"];
  const { status, out, err } = await run(["--hours", "0.0022", "--sessions", "2",
    "--listeners", "3", "--churn", "--faults", faults.join(","), "--json", "--report", folder]);
  assert.equal(err, "", "no progress bar in a pipe");
  const report = JSON.parse(out);
  assert.equal(status, 1);
  assert.equal(report.passed, false);
  assert.match(check(report, "tick p95, last eighth against an early one").text, /run longer/);
  for (const name of [...faults, "threads", "the server ended when told to",
                      "listener 0's packets against the offline render"])
    assert.equal(check(report, name).outcome, "passed", `${name}: ${check(report, name).text}`);
  for (const name of faults) assert.equal(report.under_faults[name].seconds.length, 1);
  for (const tally of Object.values(report.under_faults))
    assert.deepEqual([tally.gaps, tally.bad], [0, 0]);
  assert.equal(report.listeners, 3);
  assert.equal(report.renderer_lost, 1);
  assert.ok(report.audio_hours >= 0.0022 && report.wall_s >= 7.9);
  assert.ok(report.packets > 3 * 50 * 4, `${report.packets} packets`);
  assert.ok(report.sessions_opened >= 7 && report.changes > 0 && report.hash_packets > 100);
  const figures = (start) => report.stages.find((stage) => stage.name.startsWith(start));
  for (const start of ["tick", "one packet", "delivery", "upgrade", "asked to first audio"]) {
    const { count, p50_ms: p50, p95_ms: p95, p99_ms: p99, max_ms: max } = figures(start);
    assert.ok(count > 0 && p50 > 0 && p50 <= p95 && p95 <= p99 && p99 <= max * 1.001, start);
  }
  const series = (name) => report.series.find((one) => one.name === name);
  assert.ok(Math.max(...series("listeners").values) <= 7);
  assert.ok(Math.min(...series("resident memory").values) > 5);
  assert.ok(Math.min(...series("open file descriptors").values) > 3);
  assert.ok(!("accepted" in series("listeners")) && "accepted" in series("threads"));
  assert.deepEqual(JSON.parse(readFileSync(join(folder, "report.json"))).checks, report.checks);
  const page = readFileSync(join(folder, "index.html"), "utf8");
  assert.ok(page.includes("<h2>Faults</h2>") && page.includes("<svg") && !page.includes("http"));
  assert.ok(!/\bnan\b|inf,/.test(page));
  assert.match(readFileSync(join(folder, "server.log"), "utf8"), /joined[^]*shutting down/);
}

// On the null renderer, which costs nothing: the transport is what counts here.
async function planted() {
  const { status, out } = await run(["--hours", "0.002", "--sessions", "1", "--renderer", "null",
    "--plant", "descriptors", "--json"]);
  const report = JSON.parse(out);
  const { outcome, text } = check(report, "open file descriptors");
  assert.deepEqual([status, outcome], [1, "failed"], text);
  assert.equal(check(report, "threads").outcome, "passed");
}

// Ctrl-C ends with a report; SIGKILL, as a crash would, leaves no server behind.
async function ended(folder) {
  const { out } = await run(["--hours", "1", "--sessions", "1", "--renderer", "null", "--json",
    "--report", folder], async (child) => {
    await waitFor(() => existsSync(join(folder, "server.log")) &&
      /joined/.test(readFileSync(join(folder, "server.log"), "utf8")), "a listener");
    await sleep(1500);
    child.kill("SIGINT");
  });
  const report = JSON.parse(out);
  assert.ok(report.interrupted && check(report, "the run").text.startsWith("ended early"));
  assert.equal(check(report, "the server ended when told to").outcome, "passed");
  let server;
  await run(["--hours", "1", "--sessions", "1", "--renderer", "null"], async (child) => {
    [server] = await waitFor(() => childrenOf(child.pid).length && childrenOf(child.pid), "serve");
    await sleep(300);
    child.kill("SIGKILL");
  });
  await waitFor(() => !existsSync(`/proc/${server}/exe`) ||
    /State:\tZ/.test(readFileSync(`/proc/${server}/status`, "utf8")), "the server's end");
}

async function refused() {
  const lines = [["--hours", "1", "--audio-hours", "1"], ["--faults", "all"], ["--listeners", "3"],
                 ["--hours", "1", "--faults", "mole"], ["--hours", "0"], ["--hours", "x"],
                 ["--hours", "1", "--sessions", "3", "--listeners", "2"],
                 ["--hours", "1", "--sessions", "1", "--faults", "client-stall"],
                 ["--hours", "1", "--renderer", "null", "--faults", "renderer-lost"]];
  for (const line of lines) {
    const { status, err } = await run(line);
    assert.deepEqual([status, err.trim().split("\n").length], [2, 1], `${line}: ${err}`);
  }
  const { status, err } = await run(["--hours", "1", "--report", "/proc/nowhere"]);
  assert.deepEqual([status, err.trim().split("\n").length], [1, 1], err);
}

const folder = mkdtempSync(join(tmpdir(), "aeolian-soak-live-"));
try {
  await Promise.all([faulty(join(folder, "a")), planted(), ended(join(folder, "b")), refused()]);
  console.log("a run in real time did what it was to do, and its server ended with it");
} finally {
  rmSync(folder, { recursive: true });
}
