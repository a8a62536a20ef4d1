// `npm run bench:engines`: what real engines take to bring a fleet, beside the controller alone, and what Argo CD takes to look at one that rests.
//
// usage: npm run bench:engines -- [--count N] [--carriers apply,argocd,flux] [--applications N]
//
// --count 0 leaves the fleet out, --applications 0 what Argo CD takes. CPU is of the engine's own programs, so that it holds elsewhere too; times are
// of this machine, where the server, the simulated kubelet, the controller and the engine share the processors.
import { parseArgs } from 'node:util';
import { missingArgo } from '../argo/programs';
import { Api } from '../cluster/api';
import { startCluster } from '../cluster/cluster';
import { installCrds } from '../cluster/install-crds';
import { clusterVariable } from '../cluster/parts';
import { missingFlux } from '../flux/programs';
import { type Carrier, readyWith, type ReadyRow } from './engines/ready';
import { RefreshBench, type RefreshRow } from './engines/refresh';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '20' },
    carriers: { type: 'string', default: 'apply,argocd,flux' },
    applications: { type: 'string', default: '100' },
  },
});

const missing: Readonly<Record<Carrier, () => string | undefined>> = { apply: () => undefined, argocd: missingArgo, flux: missingFlux };

function isCarrier(name: string): name is Carrier {
  return Object.hasOwn(missing, name);
}

/** What takes long shows that it goes on. */
function note(row: object): void {
  process.stderr.write(`${JSON.stringify(row)}\n`);
}

async function main(): Promise<void> {
  const [count, applications] = [Number(options.count), Number(options.applications)];
  const carriers = options.carriers.split(',').filter(isCarrier);
  const needed = [...(count > 0 ? carriers : []), ...(applications > 0 ? (['argocd'] as const) : [])];
  const why = needed.map((one) => missing[one]()).find((reason) => reason !== undefined);
  if (why !== undefined) throw new Error(why);
  const cluster = await startCluster();
  process.env[clusterVariable] = JSON.stringify(cluster);
  const api = new Api(cluster);
  const [ready, refresh]: [ReadyRow[], RefreshRow[]] = [[], []];
  try {
    await installCrds(api);
    for (const carrier of count > 0 ? carriers : []) {
      ready.push(await readyWith(cluster, api, carrier, count));
      note(ready.at(-1)!);
    }
    if (applications > 0) {
      await RefreshBench.run(cluster, api, applications, (row) => {
        refresh.push(row);
        note(row);
      });
    }
  } finally {
    api.close();
    await cluster.stop();
  }
  if (ready.length > 0) console.table(ready);
  if (refresh.length > 0) console.table(refresh);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
