import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  chmodSync,
  chownSync,
  lstatSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { type Rendered, anInstance, rendered, withSpec } from '../builders';
import { type Outcome, PodBox, describeInBox } from '../pod-box/pod-box';
import { counts } from './counts';
import { type HostileState, agentStates, rootStates, sharedStates } from './hostile-states';

const INSTANCE = withSpec({
  config: { raw: { agents: { defaults: { model: 'opus' } } } },
  workspace: {
    initialFiles: { 'AGENTS.md': 'hello', 'tools/setup.sh': '#!/bin/sh\n' },
    initialDirectories: ['notes', 'tools/more'],
    additionalWorkspaces: [{ name: 'lab', initialFiles: { 'a.md': 'lab' } }],
  },
});
const inMode = (mergeMode: 'merge' | 'overwrite'): Rendered => rendered(anInstance(INSTANCE, withSpec({ config: { mergeMode } })));

/** Longest time of a program on an idle machine is 0.2 s; the tests share theirs. */
const SECONDS = 10;

// A start is six processes, and the machine may be busy.
jest.setTimeout(60_000);

let outside: string;
let box: PodBox | undefined;

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'outside-'));
  writeFileSync(join(outside, 'file'), 'untouched');
  chownSync(join(outside, 'file'), 1000, 1000);
  mkdirSync(join(outside, 'tools'));
  for (const path of [outside, join(outside, 'tools')]) chmodSync(path, 0o777);
});
afterEach(async () => {
  await box?.stop();
  box = undefined;
  rmSync(outside, { recursive: true, force: true });
});

async function startedPod(view: Rendered): Promise<PodBox> {
  box = await PodBox.start(view, { binds: [{ source: outside, mountPath: '/outside' }] });
  expect(failuresOfStart(box)).toEqual([]);
  return box;
}

/** What a start of the pod does: both init containers, the agent with its mounts, its hook. @returns what failed */
function failuresOfStart(pod: PodBox): string[] {
  const began = Date.now();
  const outcomes: readonly Outcome[] = [pod.run('init-config'), pod.run('init-workspace'), pod.hook()];
  const failures = outcomes.filter(({ status }) => status !== 0).map(({ status, stderr }) => `${status}: ${stderr}`);
  return Date.now() - began > SECONDS * 1000 ? [...failures, `took ${Date.now() - began} ms`] : failures;
}

/** The config that the agent finds, as the agent. */
function agentConfig(pod: PodBox): unknown {
  const { stdout, stderr } = pod.inAgent('/bin/cat', '/home/openclaw/.openclaw/openclaw.json');
  return stdout === '' ? stderr : JSON.parse(stdout);
}

/** The texts `mine-N` that the agent keeps in files of its own, by any name. */
function ownTexts(folder: string): string[] {
  const found = new Set<string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true, encoding: 'latin1' })) {
    if (!entry.isFile()) continue;
    const path = Buffer.from(join(entry.parentPath, entry.name), 'latin1');
    if (statSync(path).size < 1000) for (const text of readFileSync(path, 'utf8').match(/^mine-\d+/) ?? []) found.add(text);
  }
  return [...found].sort();
}

function outsideNow(): unknown {
  const { mtimeMs } = lstatSync(join(outside, 'file'));
  return { names: readdirSync(outside, { recursive: true }).sort(), text: readFileSync(join(outside, 'file'), 'utf8'), mtimeMs };
}

/**
 * Makes a state and starts the pod twice on it.
 * @param restart whether the agent's container alone starts before that, which runs its hook and no init container
 */
function twoStarts(pod: PodBox, make: () => Outcome, restart: boolean): object {
  const before = outsideNow();
  const { status, stderr } = make();
  if (status !== 0) throw new Error(`the state cannot be made: ${stderr}`);
  const texts = ownTexts(pod.data());
  const restarted = restart ? [pod.hook()].filter(({ status: code }) => code !== 0).map(({ stderr: text }) => text) : [];
  const failures = [...restarted, ...failuresOfStart(pod), ...failuresOfStart(pod)];
  const kept = ownTexts(pod.data());
  return {
    failures,
    config: agentConfig(pod),
    lost: texts.filter((text) => !kept.includes(text)),
    isOutsideUntouched: isDeepStrictEqual(outsideNow(), before),
  };
}

const SURVIVED = {
  failures: [],
  config: expect.objectContaining({
    gateway: expect.objectContaining({ mode: 'local', bind: 'loopback' }),
    agents: expect.objectContaining({ defaults: { model: 'opus' } }),
  }),
  lost: [],
  isOutsideUntouched: true,
};

const some = (states: readonly HostileState[]): HostileState[] => states.filter((_, index) => index % counts.stateStep === 0);

describeInBox('T-R8 a pod starts, with its config in place and nothing written outside,', () => {
  it('tries sixty states and more', () => {
    expect(agentStates.length + rootStates.length).toBeGreaterThan(69);
  });

  describe.each(['merge', 'overwrite'] as const)('in mode %s, when', (mode) => {
    it.each(some(agentStates).map((one) => [one.title, one] as const))('%s', async (_title, { script }) => {
      const pod = await startedPod(inMode(mode));
      expect(twoStarts(pod, () => pod.asAgent(script), true)).toEqual(SURVIVED);
    });
  });

  describe('with its state in the root of a volume that others use too, when', () => {
    it.each(some(sharedStates).map((one) => [one.title, one] as const))('%s', async (_title, { script }) => {
      const pod = await startedPod(rendered(anInstance(INSTANCE, withSpec({ storage: { persistence: { existingClaim: 'theirs' } } }))));
      expect(twoStarts(pod, () => pod.asAgent(script), false)).toEqual(SURVIVED);
    });
  });

  describe('when', () => {
    it.each(some(rootStates).map((one) => [one.title, one] as const))('%s', async (_title, { script }) => {
      const pod = await startedPod(inMode('merge'));
      expect(twoStarts(pod, () => pod.asRoot(script), false)).toEqual(SURVIVED);
    });
  });
});
