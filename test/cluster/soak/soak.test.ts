import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { labels } from '../../../constructs/wire/names';
import { builtPackage } from '../../app/built-package';
import { isLong, size } from '../../long';
import { patient } from '../../patience/patience.cjs';
import { Api, type KubeObject, ok, waitUntil } from '../api';
import { type Cluster, startCluster } from '../cluster';
import { controllerToken } from '../controller/controller';
import { condition, isReady, objectsIn, ref } from '../controller/instances';
import { installForeignCrds } from '../foreign';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith } from '../parts';
import { Chance } from './chance';
import { RandomEdits } from './edits';
import { RandomFaults } from './faults';
import { FreshSynth } from './fresh';
import { type Footprint, Replica } from './replica';

const INSTANCES = size(10, 50);
const SECONDS = size(16, 30 * 60);

/** A failure prints its seed; `RANDOM_SEED=...` makes the same edits and faults again, as far as times are the same. */
const seed = Number(process.env['RANDOM_SEED'] ?? Date.now() % 2 ** 31);

/** In the long form everything happens several times; in the short one once each, or a part of it. */
const SERVER_RESTART_MS = size(8, 200) * 1000;
const CONTROLLER_RESTART_MS = size(6, 60) * 1000;
const CUT_OFF_MS = size(5, 30) * 1000;
const PAST_LEASE_MS = 240_000;
const SAMPLE_MS = 60_000;

const MIB = 2 ** 20;

function isAtRest(live: KubeObject): boolean {
  const { generation } = live.metadata;
  const status = live['status'] ?? {};
  return isReady(live) || (status.observedGeneration === generation && status.phase === 'Suspended');
}

/** Does something again and again, one after the other, until the time is over. */
async function every(ms: number, until: { readonly end: number }, what: () => unknown): Promise<void> {
  while (Date.now() + ms < until.end) {
    await delay(ms);
    await what();
  }
}

/** Of an object that looks like one of ours. */
function strayMetadata(namespace: string): KubeObject['metadata'] {
  return { name: 'agent-2-extra', namespace, labels: { [labels.instance]: 'agent-2' } };
}

describeWith(
  ['server', 'controllers', 'traefik', 'prometheus-operator'],
  `two controllers under random edits and faults (seed ${seed})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-soak-'));
    let cluster: Cluster | undefined;
    let api: Api;
    let namespace = '';
    let lasting: Replica;
    let other: Replica;
    let edits: RandomEdits;
    let faults: RandomFaults;
    let fresh: FreshSynth;
    const samples: Footprint[] = [];

    beforeAll(async () => {
      // A cluster of its own: no other test bears a server that dies.
      cluster = await startCluster({ keepApiServer: true });
      api = new Api(cluster);
      await installCrds(api, cluster);
      await installForeignCrds(api);
      const token = await controllerToken(api);
      const lib = join(builtPackage(), 'lib');
      [lasting, other] = [
        await Replica.prepare(cluster, lib, token, folder, 'lasting'),
        await Replica.prepare(cluster, lib, token, folder, 'other'),
      ];
      await Promise.all([lasting.start(), other.start()]);
      namespace = await createNamespace(api);
      const chance = new Chance(seed);
      const names = Array.from({ length: INSTANCES }, (_, index) => `agent-${index}`);
      edits = new RandomEdits(api, chance, namespace, names);
      // Chance of its own: how long edits take must not change which faults come.
      faults = new RandomFaults(cluster, api, new Chance(seed + 1), lasting, other);
    }, 120_000);

    afterAll(async () => {
      await lasting?.stop();
      await other?.stop();
      api?.close();
      await cluster?.stop();
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    async function instances(): Promise<readonly KubeObject[]> {
      return api.list('openclaw.rocks/v1alpha1', 'OpenClawInstance', namespace);
    }

    /** Who is not at rest, and why. */
    async function busyOnes(): Promise<string[]> {
      const live = await instances();
      const busy = live.filter((one) => !isAtRest(one)).map((one) => `${one.metadata.name}: ${JSON.stringify(condition(one, 'Ready'))}`);
      return live.length === INSTANCES ? busy : [`${live.length} instances`];
    }

    /** For `catch`: adds who led, and what both complained of. */
    function withErrors(cause: unknown): never {
      const leaders = `the lasting one ${lasting.leads ? 'leads' : 'does not lead'}, the other one ${other.leads ? 'leads' : 'does not'}`;
      throw new Error([String(cause).replaceAll('\\n', '\n'), leaders, ...lasting.errors, ...other.errors].join('\n'), { cause });
    }

    async function untilAtRest(): Promise<void> {
      await waitUntil('every instance to be at rest', busyOnes, (busy) => busy.length === 0, size(60_000, 180_000)).catch(withErrors);
    }

    /** Where instances are not as their specs say. */
    async function differences(): Promise<string[]> {
      const objects = await objectsIn(api, namespace);
      const found = await Promise.all((await instances()).map((live) => fresh.differences(live, objects)));
      return found.flat();
    }

    test('begin with instances that are Ready', async () => {
      await edits.begin();
      await untilAtRest();
      samples.push(await lasting.footprint());
      expect(await instances()).toHaveLength(INSTANCES);
    }, 240_000);

    test(
      'go on through all of it',
      async () => {
        const until = { end: Date.now() + SECONDS * 1000 };
        await Promise.all([
          every(size(150, 1500), until, () => edits.one()),
          every(size(500, 2500), until, () => faults.small()),
          every(CUT_OFF_MS, until, () => faults.cutOff()),
          every(CONTROLLER_RESTART_MS, until, () => faults.restartController()),
          every(SERVER_RESTART_MS, until, () => faults.restartServer()),
          ...(isLong ? [every(PAST_LEASE_MS, until, () => faults.cutOffPastLease())] : []),
          every(SAMPLE_MS, until, async () => samples.push(await lasting.footprint())),
        ])
          .catch(withErrors)
          .finally(() => (until.end = 0));
        process.stderr.write(`${JSON.stringify({ seed, ...Object.fromEntries([...edits.done, ...faults.done]) })}\n`);
        expect([lasting.hasEnded, other.hasEnded]).toEqual([false, false]);
        const missing = ['spec', 'connections cut', 'cut off', 'history compacted', 'API server restarted'];
        expect(missing.filter((what) => !edits.done.has(what) && !faults.done.has(what))).toEqual([]);
      },
      SECONDS * 1000 + 240_000,
    );

    test('end with every instance equal to a fresh synth of its spec', async () => {
      await edits.end();
      await untilAtRest();
      fresh = new FreshSynth(api, namespace, await createNamespace(api));
      // What somebody spoilt a moment ago is mended within the next look.
      await waitUntil('no difference', differences, (found) => found.length === 0, size(30_000, 120_000)).catch(withErrors);
      expect(await differences()).toEqual([]);
    }, 400_000);

    test('and hold no more than at the beginning, and say nothing more', async () => {
      const { heap, openFiles } = samples[0] ?? ({} as Footprint);
      const quiet = await lasting.footprint();
      await delay(patient(3000));
      const now = await lasting.footprint();
      const told = [...samples, now].map((one) => ({ ...one, heap: Number((one.heap / MIB).toFixed(1)) }));
      process.stderr.write(`${JSON.stringify(told)}\n`);
      expect(now.logBytes - quiet.logBytes).toBeLessThan(2000);
      const half = samples[Math.floor(samples.length / 2)]?.logBytes ?? 0;
      expect(now.logBytes - half).toBeLessThan(2 * half + 64 * 1024);
      expect(now.heap).toBeLessThan(heap + Math.max(6 * MIB, heap / 5));
      expect(now.openFiles).toBeLessThan(openFiles + 20);
    }, 60_000);

    test('where nobody works, what is spoilt is seen by the comparison', async () => {
      await lasting.stop();
      await other.stop();
      const service = ref('Service', namespace, 'agent-0');
      ok(await api.patch(service, { spec: { selector: { app: 'other' } } }));
      ok(await api.delete(ref('NetworkPolicy', namespace, 'agent-1')));
      ok(await api.create({ ...ref('ConfigMap', namespace, 'agent-2-extra'), metadata: strayMetadata(namespace) }));
      expect((await differences()).map((text) => text.split('\n')[0])).toEqual([
        'agent-0: Service agent-0 is',
        'agent-1: there is no NetworkPolicy agent-1',
        'agent-2: ConfigMap agent-2-extra is there, and nothing asks for it',
      ]);
    }, 60_000);
  },
);
