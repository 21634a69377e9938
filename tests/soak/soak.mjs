// Goal: the soak's verdict finds what is planted, and what is not planted it does not find. Short
// runs of the program: a leak of 2 MB an hour, an open file now and then, ticks that take 10 ms
// longer in the second half. What the clock alone can say of a busy machine is not looked at.
// Usage: node soak.mjs, with AEO_PROGRAM.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";

const program = process.env.AEO_PROGRAM;
const short = ["--audio-hours", "0.05", "--sessions", "1", "--threads", "1"];

// Seconds that a process has worked for, as a busy machine gives it.
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function run(args, stopAfterCpuS) {
  return new Promise((resolve) => {
    const child = spawn(program, ["soak", ...args]);
    let out = "", err = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    const watch = stopAfterCpuS && setInterval(() => {
      if (child.exitCode === null && cpuSeconds(child.pid) > stopAfterCpuS) child.kill("SIGINT");
    }, 100);
    child.on("close", (status) => {
      clearInterval(watch);
      resolve({ status, out, err });
    });
  });
}

const check = (report, name) => report.checks.find((one) => one.name === name);
const drift = "tick p95, last eighth against first";

async function planted(defect, name) {
  const { status, out } = await run([...short, "--json", "--plant", defect]);
  const report = JSON.parse(out);
  assert.equal(status, 1, defect);
  assert.equal(report.passed, false);
  assert.equal(check(report, name).outcome, "failed", `${defect}: ${check(report, name).text}`);
}

async function clean(folder) {
  const { out, status } = await run([...short, "--churn", "--json", "--report", folder]);
  const report = JSON.parse(out);
  for (const name of ["heap in use", "open file descriptors", "threads",
                      "packets waiting in the fullest queue", "every packet was made",
                      "one session against its offline render", "the renderer stayed"])
    assert.equal(check(report, name).outcome, "passed", check(report, name).text);
  assert.equal(status, report.passed ? 0 : 1);
  assert.equal(report.packets, 1800 * 5);
  const kept = JSON.parse(readFileSync(join(folder, "report.json")));
  assert.deepEqual(kept.checks, report.checks);
  assert.ok(kept.command.startsWith("aeolian soak --audio-hours 0.05"));
  const page = readFileSync(join(folder, "index.html"), "utf8");
  assert.ok(page.includes("<svg") && page.includes(kept.command) && !page.includes("http"));
  assert.ok(!page.includes("nan") && !page.includes("inf,"));
}

async function interrupted() {
  const { status, out } = await run(["--audio-hours", "100", "--sessions", "1", "--json"], 8);
  const report = JSON.parse(out);
  assert.equal(status, 1);
  assert.ok(report.interrupted && check(report, "the run").text.startsWith("ended early"));
}

async function refused() {
  let result = await run(["--audio-hours", "0"]);
  assert.equal(result.status, 2);
  result = await run(["--renderer", "null"]);
  assert.equal(result.status, 2);
  result = await run(["--plant", "mole"]);
  assert.equal(result.status, 2);
  assert.match(result.err, /leak/);
  result = await run(["--sessions", "1", "--renderer", "cuda", "--device", "77"]);
  assert.notEqual(result.status, 0);
  assert.equal(result.err.trim().split("\n").length, 1, result.err);
}

const folder = mkdtempSync(join(tmpdir(), "aeolian-soak-"));
try {
  await Promise.all([refused(), clean(join(folder, "report"))]);
  await Promise.all([planted("leak", "heap in use"), planted("slow", drift)]);
  await Promise.all([planted("descriptors", "open file descriptors"), interrupted()]);
  console.log("the planted leak, descriptors and slow-down were found");
} finally {
  rmSync(folder, { recursive: true });
}
