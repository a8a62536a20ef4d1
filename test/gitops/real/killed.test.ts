import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PublishRequest } from '../../../gitops/publish/publish';
import { withConfig } from '../../builders';
import { size } from '../../long';
import { type BareRepository, bareRepository } from './bare';
import { aRequest } from './publishing';

/** The short form is killed at every third command only. */
const STRIDE = size(3, 1);

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

/** A git on the PATH that kills who started it with SIGKILL at the n-th command, before or after the command is done. */
function trap(n: number, when: 'before' | 'after'): void {
  const file = join(folder, 'bin', 'git');
  const kill = `[ "$n" -eq ${n} ] && { kill -9 "$PPID"; exit 137; }`;
  writeFileSync(join(folder, 'count'), '0');
  writeFileSync(
    file,
    [
      '#!/bin/sh',
      `n=$(($(cat ${folder}/count) + 1))`,
      `echo "$n" >${folder}/count`,
      `echo "$1" >>${folder}/commands`,
      ...(when === 'before' ? [kill, `exec ${GIT} "$@"`] : [`${GIT} "$@"`, 'status=$?', kill, 'exit "$status"']),
      '',
    ].join('\n'),
  );
  chmodSync(file, 0o755);
}

function write(requests: readonly PublishRequest[]): { readonly isKilled: boolean; readonly results: unknown } {
  const file = join(folder, 'requests.json');
  writeFileSync(file, JSON.stringify(requests));
  const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, TMPDIR: join(folder, 'tmp') };
  const { signal, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'writer.cjs'), file, remote.path], {
    env,
    encoding: 'utf8',
  });
  if (signal === null && stdout === '') throw new Error(stderr);
  return { isKilled: signal === 'SIGKILL', results: signal === null ? JSON.parse(stdout) : undefined };
}

it.each(['before', 'after'] as const)(
  'a writer that is killed %s one of its git commands converges: one commit, nothing left over',
  (when) => {
    trap(0, when);
    let state = 0;
    write([aRequest('alice', withConfig({ state })), aRequest('bob')]);
    let commits = 1;
    for (let n = 1; ; n += STRIDE) {
      state += 1;
      const requests = [aRequest('alice', withConfig({ state })), aRequest('bob')];
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
