import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { engineOf } from '../../controller/objects/engine';
import { runProgram } from '../app/program';
import { type Api, type KubeObject, ok, waitUntil } from '../cluster/api';
import type { RunningController } from '../cluster/controller/controller';
import { condition, instance, namesIn, ref, removeNamespaces, waitForInstance, waitForReady } from '../cluster/controller/instances';
import { installCrds } from '../cluster/install-crds';
import { kubectl } from '../cluster/kubectl';
import { testApi, testCluster } from '../cluster/parts';
import { type Engine, Fleet } from './fleet';
import { startGitServer, type GitServer } from './git-server';

/** One engine, as the story needs it. */
export interface FleetEngine {
  readonly engine: Engine;
  /** How the controller calls it. */
  readonly name: string;
  /** The heading of its commands. */
  readonly heading: string;
  start(server: GitServer): Promise<{ stop(): Promise<void> }>;
  /** What only a test has to do after the commands of the page, for the certificate of its server. */
  readonly afterwards?: (api: Api, server: GitServer) => Promise<void>;
  /** As the webhook of a forge would. */
  nudge(api: Api): Promise<void>;
  /** What its object for the folder says when something is refused. */
  refusal(api: Api): Promise<string>;
  /** What it says of a folder with files and no object, if it takes that for a mistake. */
  readonly missesObjects?: RegExp;
  /** Fails, or waits, until the engine calls everything that people wrote synced, at a commit. */
  settled(api: Api, commit: string): Promise<void>;
  /** What it says of an instance that is wrong as a whole, if it says anything. */
  readonly health?: (api: Api, namespace: string, name: string) => Promise<string>;
  /** Takes away what it was told. */
  forget(api: Api): Promise<void>;
}

/** What the tests of one run share. */
interface Scene {
  readonly api: Api;
  readonly server: GitServer;
  readonly fleet: Fleet;
  controller: RunningController | undefined;
}

const NAMESPACES = ['team-a', 'team-b'];

/** What stays for the tests after these: they share kinds and rights. */
const SHARED = /^(?:CustomResourceDefinition|Namespace|ServiceAccount|Role|RoleBinding|ClusterRole|ClusterRoleBinding)$/;

const alice = instance('team-a', 'alice');
const bob = instance('team-b', 'bob');

/** Follows docs/fleet.md with one engine, from an empty repository on. Told in order: each test goes on where the last one ended. */
export function fleetStory(engine: FleetEngine): void {
  const api = testApi();
  const ends: (() => Promise<unknown>)[] = [];
  let scene: Scene;

  beforeAll(async () => {
    await installCrds(api);
    const server = await startGitServer('git');
    ends.push(() => server.stop());
    const running = await engine.start(server);
    ends.push(() => running.stop());
    const fleet = Fleet.begin(api, server, engine.engine);
    ends.push(async () => fleet.remove());
    scene = { api, server, fleet, controller: undefined };
    ends.push(() => clear(scene, engine));
  }, 180_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  }, 180_000);

  const written = (name: string): string => readFileSync(join(scene.fleet.folder, 'fleet/assistants', name), 'utf8');
  const nudged = <T>(work: () => Promise<T>): Promise<T> => scene.fleet.while(() => engine.nudge(api), work);
  const tip = (branch: string): string => git('rev-parse', branch);
  const git = (...args: string[]): string => execFileSync('git', ['-C', scene.server.path, ...args], { encoding: 'utf8' }).trim();
  const commits = (branch: string): number => Number(git('rev-list', '--count', branch));
  const settled = (): Promise<void> => nudged(() => engine.settled(api, tip('main')));

  test('the commands of the page lead from an empty repository to assistants that are Ready', async () => {
    const { fleet } = scene;
    await fleet.follow('The repository');
    await fleet.follow(engine.heading);
    await engine.afterwards?.(api, scene.server);
    scene.controller = await fleet.startController();
    await nudged(() => fleet.follow('Until they run'));
    await settled();
    expect(git('ls-tree', '-r', '--name-only', 'deploy').split('\n')).toEqual(
      expect.arrayContaining(['clusters/prod/index/team-a.alice.json', 'clusters/prod/index/team-b.bob.json']),
    );
    expect(git('ls-tree', '--name-only', 'deploy')).toBe('clusters');
  }, 300_000);

  test('gitops check finds nothing to say', () => {
    const flags = ['--cluster-name', 'prod', '--namespaces', 'team-a,team-b', '--git-url', scene.server.url, '--git-branch', 'deploy'];
    const more = ['--instances-path', 'assistants', '--instances-branch', 'main', '--kubeconfig', testCluster().kubeconfig];
    const { code, stdout } = runProgram(['gitops', 'check', '--engine', engine.engine, ...flags, ...more]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `everything is there for ${engine.engine} and the cluster prod\n` });
  });

  test('C31 nobody but the engine holds a field of a spec, and the controller knows by whom it is kept', async () => {
    for (const one of [alice, bob]) {
      const live = ok(await api.get(one));
      expect(engineOf(live as Parameters<typeof engineOf>[0])).toBe(engine.name);
      const fields = live.metadata['managedFields'] as { manager: string; fieldsV1: object; subresource?: string }[];
      const holders = fields.filter(({ fieldsV1 }) => 'f:spec' in fieldsV1).map(({ manager }) => manager);
      expect([...new Set(holders)]).toHaveLength(1);
      expect(holders).not.toContain('openclaw-controller');
    }
  });

  test('an edit is one commit of a person and one of the controller, and nothing follows', async () => {
    const [before, generation] = [commits('deploy'), ok(await api.get(alice)).metadata.generation];
    await scene.fleet.commit(
      'assistants/team-a/alice.yaml',
      `${written('team-a/alice.yaml')}  env:\n    - name: EDITED\n      value: "yes"\n`,
    );
    await nudged(async () => {
      await api.waitFor(alice, ({ metadata }) => metadata.generation === generation! + 1, 60_000);
      await waitForReady(api, alice, 120_000);
    });
    await settled();
    const workload = ok(await api.get(ref('StatefulSet', 'team-a', 'alice')));
    expect(JSON.stringify(workload['spec'])).toContain('EDITED');
    const quiet = async () => [tip('main'), tip('deploy'), ...(await versionsOf(api))];
    const then = await quiet();
    await nudged(() => delay(8000));
    expect(await quiet()).toEqual(then);
    expect(commits('deploy')).toBe(before + 1);
    expect(ok(await api.get(alice)).metadata.generation).toBe(generation! + 1);
  }, 240_000);

  test('a broken commit is refused by the engine, where a person sees the words of the server, and holds nothing that runs', async () => {
    const text = written('team-a/alice.yaml');
    const [before, generation] = [commits('deploy'), ok(await api.get(bob)).metadata.generation];
    const broken = text.replace('enabled: true', 'enabled: perhaps');
    expect(broken).not.toBe(text);
    await scene.fleet.commit('assistants/team-a/alice.yaml', broken);
    const said = await nudged(() =>
      waitUntil(
        'the refusal',
        () => engine.refusal(api),
        (found) => found.includes('spec.chromium.enabled'),
        90_000,
      ).then(() => engine.refusal(api)),
    );
    expect(said).toContain('alice');
    await scene.fleet.commit('assistants/team-a/alice.yaml', text);
    await settled();
    expect([commits('deploy'), ok(await api.get(bob)).metadata.generation]).toEqual([before, generation]);
    expect(condition(ok(await api.get(alice)), 'Ready')?.status).toBe('True');
  }, 240_000);

  test('what the CRD lets pass and an instance cannot be is told by it, and the release that ran goes on', async () => {
    const text = written('team-b/bob.yaml');
    const before = commits('deploy');
    const ingress = '  networking:\n    ingress:\n      enabled: true\n      className: nginx\n';
    await scene.fleet.commit('assistants/team-b/bob.yaml', text.replace('  config:\n', `${ingress}  config:\n`));
    const live = await nudged(() => waitForInstance(api, bob, isWrong, 90_000));
    expect(condition(live, 'ConfigValid')?.message).toContain('hosts');
    if (engine.health) {
      const read = engine.health;
      const told = () => read(api, 'team-b', 'bob');
      await nudged(() => waitUntil('the health of bob', told, (found) => found.startsWith('Degraded ') && found.includes('hosts'), 60_000));
    }
    expect(ok(await api.get(ref('StatefulSet', 'team-b', 'bob')))['status'].readyReplicas).toBe(1);
    await scene.fleet.commit('assistants/team-b/bob.yaml', text);
    await nudged(() => waitForReady(api, bob, 90_000));
    await settled();
    expect(commits('deploy')).toBe(before);
  }, 240_000);

  test('a file that is removed is a deletion: the instance goes with everything but its claim, in the cluster and on the branch', async () => {
    await scene.fleet.commit('assistants/team-b/bob.yaml', undefined);
    await nudged(() => api.waitForGone(bob, 120_000));
    const held = () => namesIn(api, 'team-b');
    await nudged(() => waitUntil('team-b to be cleared', held, isClear, 120_000));
    await settled();
    expect(git('ls-tree', '-r', '--name-only', 'deploy')).not.toContain('bob');
    expect(condition(ok(await api.get(alice)), 'Ready')?.status).toBe('True');
  }, 300_000);

  test('a folder that is gone takes nobody along, and the engine says so; the last one goes when another object stands there', async () => {
    const { fleet } = scene;
    const misses = (words: RegExp) =>
      nudged(() =>
        waitUntil(
          `the engine to say ${String(words)}`,
          () => engine.refusal(api),
          (found) => words.test(found),
          60_000,
        ),
      );
    const text = written('team-a/alice.yaml');
    await fleet.commit('assistants/team-a/alice.yaml', undefined);
    await misses(/path .*(?:not exist|not found)/);
    expect(await isKept(api, alice)).toBe(true);
    await fleet.commit('assistants/team-a/alice.yaml', text);
    await settled();
    expect(await isKept(api, alice)).toBe(true);
    if (engine.missesObjects) {
      await fleet.commit('assistants/README.md', 'Who runs here.\n');
      await fleet.commit('assistants/team-a/alice.yaml', undefined);
      await misses(engine.missesObjects);
      expect(await isKept(api, alice)).toBe(true);
      await fleet.commit('assistants/team-a/none.yaml', NOBODY);
    } else {
      await fleet.commit('assistants/team-a/none.yaml', NOBODY);
      await fleet.commit('assistants/team-a/alice.yaml', undefined);
    }
    await nudged(() => api.waitForGone(alice, 120_000));
  }, 300_000);
}

async function isKept(api: Api, object: KubeObject): Promise<boolean> {
  return ok(await api.get(object)).metadata['deletionTimestamp'] === undefined;
}

/** What the page has in the folder of the last one. */
const NOBODY = `apiVersion: v1
kind: ConfigMap
metadata:
  name: nobody
  namespace: team-a
`;

const isWrong = (live: KubeObject): boolean => condition(live, 'ConfigValid')?.status === 'False';

/** The set-up of Flux has bindings in each namespace. */
const isClear = (names: readonly string[]): boolean =>
  names.filter((name) => !name.startsWith('RoleBinding openclaw-prod')).join() === 'PersistentVolumeClaim bob-data';

/** What a write would change. The server counts writes of the status, too, so that those are told apart by their content. */
async function versionsOf(api: Api): Promise<string[]> {
  const live = await Promise.all([alice, bob].map(async (one) => ok(await api.get(one))));
  return live.map(({ metadata, ...rest }) => `${metadata.name} ${metadata.generation} ${JSON.stringify(rest['status'])}`);
}

/** The root and what it brought, then the instances, then what the install brought; in the order in which nobody makes them anew. */
async function clear({ api, controller, fleet }: Scene, engine: FleetEngine): Promise<void> {
  await engine.forget(api);
  await removeNamespaces(api, NAMESPACES);
  await controller?.stop();
  const text = readFileSync(join(fleet.folder, 'install.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((document): KubeObject => document.toJS());
  const own = objects.filter(({ kind }) => !SHARED.test(kind)).map((object) => `---\n${stringify(object)}`);
  await kubectl(testCluster(), ['delete', '--ignore-not-found', '--wait=false', '-f', '-'], own.join(''));
}
