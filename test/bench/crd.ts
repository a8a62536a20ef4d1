// `npm run bench:crd`: what a write of an OpenClawInstance costs the API server, over what a ConfigMap costs it, and how large it is when stored.
//
// usage: npm run bench:crd -- [--crd FILE ...] [--count N] [--rounds N]
//
// `--crd` names other definitions of the kind to compare with, such as an earlier one of ours. CPU times move with the machine, ratios hardly.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { Api, type KubeObject } from '../cluster/api';
import { startCluster, type ClusterFiles } from '../cluster/cluster';
import { installCrd } from '../cluster/custom-resources';
import { clusterVariable } from '../cluster/parts';
import { crdFolder } from '../cluster/install-crds';
import { writeCosts, type Write, type WriteCosts } from './cluster/write-costs';

const { values: options } = parseArgs({
  options: {
    crd: { type: 'string', multiple: true, default: [] },
    count: { type: 'string', default: '150' },
    rounds: { type: 'string', default: '4' },
  },
});

const OURS = join(crdFolder, 'openclawinstances.yaml');

/** At most so many times a ConfigMap, and so many bytes. */
const TARGETS: Readonly<Record<Exclude<Write, 'ConfigMap create'> | 'stored bytes', number | undefined>> = {
  create: 3,
  'spec patch': undefined,
  'status patch': 4,
  'stored bytes': 2200,
};

/** Each definition gets a group of its own, so that the server holds all of them and none is taken away while another is measured. */
function definition(file: string, index: number): KubeObject {
  const crd: KubeObject = parse(readFileSync(file, 'utf8'));
  const group = `bench${index}.openclaw.rocks`;
  return { ...crd, metadata: { name: `${String(crd['spec'].names.plural)}.${group}` }, spec: { ...crd['spec'], group } };
}

async function run(cluster: ClusterFiles): Promise<void> {
  const api = new Api(cluster);
  const settings = { count: Number(options.count), rounds: Number(options.rounds) };
  try {
    for (const [index, file] of [OURS, ...options.crd].entries()) {
      const crd = definition(file, index);
      await installCrd(api, crd);
      const { group, names, versions } = crd['spec'];
      const kind = { apiVersion: `${String(group)}/${String(versions[0].name)}`, kind: String(names.kind) };
      print(basename(file), await writeCosts(cluster, api, kind, settings), file === OURS);
    }
  } finally {
    api.close();
  }
}

function print(file: string, { cpuMs, storedBytes }: WriteCosts, isJudged: boolean): void {
  const floor = cpuMs['ConfigMap create'];
  console.log(`${file} (a ConfigMap create: ${floor.toFixed(2)} ms of CPU of the API server)`);
  for (const [what, target] of Object.entries(TARGETS)) {
    const isSize = what === 'stored bytes';
    const value = isSize ? storedBytes : cpuMs[what as Write] / floor;
    const met = value <= (target ?? Infinity) ? 'met' : 'not met';
    const goal = target === undefined || !isJudged ? '' : `  <= ${target}  ${met}`;
    console.log(`  ${`${what}${isSize ? '' : ' / ConfigMap create'}`.padEnd(32)}${value.toFixed(isSize ? 0 : 2).padStart(7)}${goal}`);
  }
}

async function main(): Promise<void> {
  const cluster = await startCluster();
  process.env[clusterVariable] = JSON.stringify(cluster);
  try {
    await run(cluster);
  } finally {
    await cluster.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
