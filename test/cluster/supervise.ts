// The process that owns a cluster: starts every program, says on stdout how to reach it (one JSON line), and ends all of it when
// its stdin closes, which the kernel does whenever the process that asked for the cluster ends, however it ends.
//
// usage: supervise [--keep-api-server]   the API server is started again when it ends
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringUp } from './bring-up';
import { Processes } from './processes';
import { programPath } from './programs';
import { removeVolumes } from './volumes';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-cluster-'));
const processes = new Processes(folder, programPath);
let ending: Promise<void> | undefined;
let isUp = false;

async function end(code: number): Promise<void> {
  // Volumes are folders outside ours, and only the API server knows which are this cluster's.
  await removeVolumes(folder).catch(() => undefined);
  await processes.killAll();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(code);
}

function endOnce(code: number): void {
  ending ??= end(code);
}

function fail(error: unknown): void {
  if (ending) return;
  const reason = error instanceof Error ? error.message : String(error);
  // Once the cluster is up nobody reads our stdout any more; stderr is the starter's own.
  if (isUp) process.stderr.write(`the cluster ends: ${reason}\n`, () => endOnce(1));
  else process.stdout.write(`${JSON.stringify({ error: reason })}\n`, () => endOnce(1));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endOnce(0));
process.stdin.on('close', () => endOnce(0)).resume();
// The reader may be gone when we write; that must not keep us from ending the programs.
process.stdout.on('error', () => endOnce(0));
processes.onUnexpectedExit = fail;

bringUp(folder, processes, { keepApiServer: process.argv.includes('--keep-api-server') }).then((cluster) => {
  writeFileSync(join(folder, 'cluster.json'), JSON.stringify(cluster));
  isUp = true;
  process.stdout.write(`${JSON.stringify(cluster)}\n`);
}, fail);
