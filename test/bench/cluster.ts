// `npm run bench:cluster`: what a fleet of instances costs the controller and the API server of a real control plane. `npm run build` first.
//
// Beside the fleet stands its floor: the same objects without a controller, in the same run; by plain POSTs, which cost the server least, and by
// server-side apply together with the instances as users write them, which is what is left when a controller asks for nothing beside its objects.
//
// usage: npm run bench:cluster -- [--json] [--lib FOLDER] [--node PROGRAM] [--count N] [--shape minimal|team|suspended] [--mode MODE,...]
//        [--minutes N] [--profiles FOLDER]
//
// Modes: `floor` and `apply`, the life of a fleet over its floor; `git`, the same by commits; `fleet`, one that is made in many namespaces while the
// leader of two replicas is killed again and again; `memory`, what the controller holds; `rest`, suspended instances at rest for some minutes, then twice
// as many; `poison`, how long new instances wait beside others that fail in every pass. Without --mode: the first three. --node names the node of the image, where that is another one.
//
// Times are wall time of this machine, on which the server, the simulated kubelet and the controller share the processors; CPU times and counts
// hold elsewhere too. Requests are read from the audit log.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Api } from '../cluster/api';
import { startCluster, type ClusterFiles } from '../cluster/cluster';
import { writeAccountFile } from '../cluster/account-file';
import { controllerToken } from '../cluster/controller/controller';
import { installCrds } from '../cluster/install-crds';
import { clusterVariable } from '../cluster/parts';
import { shapes, type Shape } from './cluster/fleet';
import { GitRemote } from './cluster/git-remote';
import { Bench } from './cluster/measure';
import { memory, memoryTargets } from './cluster/memory';
import { besidePoison } from './cluster/poison';
import { rests } from './cluster/rest';
import { fleetWithKills } from './cluster/two-replicas';
import { applied, committed, floor, type Row, type Settings } from './cluster/phases';
import { costs, overFloor, requestLines } from './cluster/table';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    lib: { type: 'string', default: join(__dirname, '..', '..', 'lib') },
    count: { type: 'string', default: '200' },
    shape: { type: 'string', default: 'minimal' },
    concurrency: { type: 'string', default: '8' },
    mode: { type: 'string', default: 'floor,apply,git' },
    minutes: { type: 'string', default: '10' },
    node: { type: 'string' },
    profiles: { type: 'string' },
  },
});

function isShape(name: string): name is Shape {
  return Object.hasOwn(shapes, name);
}

async function run(cluster: ClusterFiles, folder: string, done: (row: Row) => void): Promise<void> {
  const { lib, count, shape, concurrency, profiles, node } = options;
  const modes = options.mode.split(',');
  if (!isShape(shape)) throw new Error(`--shape ${shape}: use ${Object.keys(shapes).join(' or ')}`);
  const api = new Api(cluster);
  try {
    await installCrds(api);
    const token = await controllerToken(api);
    const kubeconfig = writeAccountFile(join(folder, 'controller.kubeconfig'), cluster, token);
    const settings: Settings = { lib: resolve(lib), kubeconfig, count: Number(count), shape, concurrency, node };
    if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
    const bench = new Bench(cluster, api, profiles);
    if (modes.includes('floor')) {
      for (const way of ['create', 'apply'] as const) done({ ...(await floor(bench, cluster, token, api, settings, way)), floor: way });
    }
    if (modes.includes('apply')) await applied(bench, api, settings, done);
    if (modes.includes('memory')) {
      const results = await memory(bench, api, settings);
      console.table(results);
      console.log(memoryTargets(results));
    }
    if (modes.includes('fleet')) console.table([await fleetWithKills(cluster, api, settings)]);
    if (modes.includes('rest')) console.table(await rests(cluster, api, settings, Number(options.minutes)));
    if (modes.includes('poison')) console.table(await besidePoison(cluster, api, settings, Number(options.minutes)));
    if (modes.includes('git')) await committed(bench, api, settings, new GitRemote(folder), done);
  } finally {
    api.close();
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
  const cluster = await startCluster();
  process.env[clusterVariable] = JSON.stringify(cluster);
  const rows: Row[] = [];
  try {
    await run(cluster, folder, (row) => {
      rows.push(row);
      process.stderr.write(`${JSON.stringify(costs(row))}\n`);
    });
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify(rows.map((row) => ({ ...row, requests: Object.fromEntries(row.requests), cluster: Object.fromEntries(row.cluster) })))}\n`,
    );
    return;
  }
  // Other modes print tables of their own.
  if (rows.length > 0) console.table(rows.map(costs));
  for (const row of rows) console.log(requestLines(row));
  const fleet = rows.find(({ isCreation }) => isCreation);
  const floors = rows.filter((row) => row.floor !== undefined);
  if (fleet && floors.length > 0) console.log(overFloor(fleet, floors));
  for (const { name, heap, each } of rows) {
    if (heap) console.log(`${name}: ${Math.round(heap.heapUsed / each / 1024)} KiB of heap stay for each instance`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
