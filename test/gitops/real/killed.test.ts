import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublishRequest } from '../../../gitops/publish/publish';
import { withConfig } from '../../builders';
import { size } from '../../long';
import { type BareRepository, bareRepository } from './bare';
import { aRequest } from './publishing';

/** The short form is killed at every eighth command only. */
const STRIDE = size(8, 1);

/** Publishes that are killed at any moment. */
const KILLS = size(12, 100);

const GIT = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();

let folder: string;
let remote: BareRepository;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openclaw-killed-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'tmp'));
  remote = bareRepository();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  remote.remove();
});

type When = 'before' | 'while' | 'after';

/** A git on the PATH that kills who started it with SIGKILL at the n-th command: before it is done, after, or while it goes on alone. */
function trap(n: number, when: When): void {
  const file = join(folder, 'bin', 'git');
  const kill = `[ "$n" -eq ${n} ] && { kill -9 "$PPID"; exit 137; }`;
  const alone = `[ "$n" -eq ${n} ] && { ${GIT} "$@" <&0 & kill -9 "$PPID"; wait; exit 137; }`;
  const ways: Readonly<Record<When, readonly string[]>> = {
    before: [kill, `exec ${GIT} "$@"`],
    while: [alone, `exec ${GIT} "$@"`],
    after: [`${GIT} "$@"`, 'status=$?', kill, 'exit "$status"'],
  };
  writeFileSync(join(folder, 'count'), '0');
  writeFileSync(
    file,
    [
      '#!/bin/sh',
      `n=$(($(cat ${folder}/count) + 1))`,
      `echo "$n" >${folder}/count`,
      // Settings come before the name of the command.
      `name=$1; [ "$1" = -c ] && name=$3; echo "$name" >>${folder}/commands`,
      ...ways[when],
      '',
    ].join('\n'),
  );
  chmodSync(file, 0o755);
}

/** Arguments and surroundings of a writer of these requests. */
function writer(
  requests: readonly PublishRequest[],
  ...more: readonly string[]
): { readonly args: string[]; readonly env: Record<string, string> } {
  const file = join(folder, 'requests.json');
  writeFileSync(file, JSON.stringify(requests));
  const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, TMPDIR: join(folder, 'tmp') };
  return { args: [join(__dirname, 'writer.cjs'), file, remote.path, ...more], env };
}

function write(requests: readonly PublishRequest[], ...more: readonly string[]): { readonly isKilled: boolean; readonly results: unknown } {
  const { args, env } = writer(requests, ...more);
  const { signal, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (signal === null && stdout === '') throw new Error(stderr);
  return { isKilled: signal === 'SIGKILL', results: signal === null ? JSON.parse(stdout) : undefined };
}

/**
 * Starts a writer, and kills it with its gits and all that they started.
 *
 * @param ms after its first git command. @default - it is let be
 * @returns how long it went on after its first command
 */
async function writeUntil(ms: number | undefined, requests: readonly PublishRequest[]): Promise<number> {
  writeFileSync(join(folder, 'count'), '0');
  const { args, env } = writer(requests);
  const child = spawn(process.execPath, args, { env, detached: true, stdio: 'ignore' });
  const end = once(child, 'exit');
  while (child.exitCode === null && readFileSync(join(folder, 'count'), 'utf8').trim() === '0') await delay(2);
  const begun = performance.now();
  if (ms !== undefined) {
    await delay(ms);
    // Where it has ended by itself there is nobody to kill.
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGKILL');
  }
  await end;
  // The server of a remote in a folder dies with its client, and another one does not: what it had locked is let go.
  rmSync(join(remote.path, 'refs', 'heads', 'main.lock'), { force: true });
  return performance.now() - begun;
}

function wish(state: number): PublishRequest[] {
  return [aRequest('alice', withConfig({ state })), aRequest('bob')];
}

it('a writer whose whole process group is killed at any moment converges: every state at most once, in order, nothing left over', async () => {
  trap(0, 'before');
  const whole = await writeUntil(undefined, wish(0));
  for (let state = 1; state <= KILLS; state += 1) await writeUntil(Math.random() * whole, wish(state));
  expect(write(wish(KILLS)).results).toMatchObject([{ ok: true }, { ok: true, noop: true }]);
  const [alice] = wish(KILLS);
  for (const { path, text } of alice?.layout?.files ?? []) expect(remote.show(path)).toBe(text);
  const commits = remote.git('rev-list', '--reverse', 'main').trim().split('\n');
  const states = commits.map((commit) => {
    const config = remote.show('clusters/prod-eu/instances/team-a/alice/configmap.alice-config.yaml', commit);
    return Number(/"state": (\d+)/.exec(config)?.[1]);
  });
  expect(states).toEqual([...new Set(states)].toSorted((a, b) => a - b));
  expect([states[0], states.at(-1)]).toEqual([0, KILLS]);
  expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('openclaw-'))).toEqual([]);
}, 600_000);

it.each(['before', 'while', 'after'] as const)(
  'a writer that is killed %s one of its git commands converges: one commit, nothing left over',
  (when) => {
    trap(0, when);
    let state = 0;
    write(wish(state));
    let commits = 1;
    for (let n = 1; ; n += STRIDE) {
      state += 1;
      const requests = wish(state);
      trap(n, when);
      const killed = write(requests);
      commits += 1;
      if (!killed.isKilled) break;
      trap(0, when);
      expect(write(requests).results).toMatchObject([{ ok: true }, { ok: true, noop: true }]);
      expect(remote.commits()).toBe(commits);
      for (const { path, text } of requests.flatMap(({ layout }) => layout?.files ?? [])) expect(remote.show(path)).toBe(text);
    }
    expect(remote.commits()).toBe(commits);
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
    expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('openclaw-'))).toEqual([]);
    const commands = new Set(readFileSync(join(folder, 'commands'), 'utf8').trim().split('\n'));
    expect([...commands].toSorted()).toEqual(['cat-file', 'fetch', 'index-pack', 'init', 'ls-remote', 'push', 'rev-list']);
  },
  180_000,
);

it('a writer that waits for an approval commits nothing, and once it is there one commit, wherever it is killed', () => {
  trap(0, 'before');
  write(wish(0), 'none');
  let commits = 1;
  for (let n = 2; ; n += STRIDE) {
    const [alice] = wish(commits);
    // Who only waits writes nothing that could be left behind.
    trap(n, 'after');
    const isKilledWaiting = STRIDE === 1 && write([alice!], 'all').isKilled;
    trap(0, 'before');
    const [waiting] = write([alice!], 'all').results as { error: { code: string }; plan: { hash: string } }[];
    expect([waiting?.error.code, remote.commits()]).toEqual(['AWAITING-APPROVAL', commits]);
    const approved = [{ ...alice!, approved: waiting!.plan.hash }];
    trap(n, 'after');
    const { isKilled } = write(approved, 'all');
    trap(0, 'before');
    expect(write(approved, 'all').results).toMatchObject([{ ok: true }]);
    commits += 1;
    expect(remote.commits()).toBe(commits);
    if (!isKilled && !isKilledWaiting) break;
  }
  expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
}, 180_000);
