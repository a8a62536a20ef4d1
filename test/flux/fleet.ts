import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gitFactory } from '../../app/cli/git-options';
import { parseInvocation } from '../../app/cli/parse';
import { builtPackage } from '../app/built-package';
import { ok, type Api } from '../cluster/api';
import { startController, type RunningController } from '../cluster/controller/controller';
import { testCluster } from '../cluster/parts';
import { programPath } from '../cluster/programs';
import { type Fence, fencesOf, pageText, ROOT } from '../docs/pages';
import type { GitServer } from './git-server';

const PAGE = 'docs/fleet.md';

/** What the page calls the reader's repository. */
const ADDRESS = 'https://git.example.com/our-team/assistants';

export type Engine = 'argocd' | 'flux';

const call = promisify(execFile);

/** Somebody who follows docs/fleet.md word for word, on a machine with git, kubectl and the program. */
export class Fleet {
  /** Where the commands run; `fleet/` is the clone. */
  public readonly folder = mkdtempSync(join(tmpdir(), 'openclaw-fleet-'));

  private constructor(
    private readonly api: Api,
    private readonly server: GitServer,
    private readonly engine: Engine,
  ) {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(join(ROOT, 'app'), join(this.folder, 'app'));
    writeFileSync(join(this.folder, 'token'), server.credentials.password);
    this.program('kubectl', `exec '${programPath('kubectl')}' --cache-dir='${this.folder}/cache' "$@"`);
    this.program('npx', `shift; exec '${process.execPath}' '${join(builtPackage(), 'lib/app/cli/cli.js')}' "$@"`);
  }

  public static begin(api: Api, server: GitServer, engine: Engine): Fleet {
    return new Fleet(api, server, engine);
  }

  /** Runs the commands under a heading; those for the other engine are left out. */
  public async follow(heading: string): Promise<void> {
    const fences = fencesUnder(heading).filter(({ info }) => info === 'fleet' || info === `fleet ${this.engine}`);
    if (fences.length === 0) throw new Error(`${PAGE} has no commands for ${this.engine} under ${heading}`);
    const text = fences.map((fence) => fence.text).join('');
    await this.run(text.replaceAll(ADDRESS, this.server.url).replace(/^export FLEET_ENGINE=.*$/m, ''));
  }

  /** Somebody's commit: a file with a text, or without one, which removes it. */
  public async commit(path: string, text: string | undefined): Promise<void> {
    const file = join(this.folder, 'fleet', path);
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    await this.run('git -C fleet add -A && git -C fleet commit -qm "by a person" && git -C fleet push -q "$FLEET_URL" main');
  }

  /** The controller as the installed Deployment says, with the Secret that was made for it. */
  public async startController(): Promise<RunningController> {
    const place = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'openclaw-controller', namespace: 'openclaw-system' } };
    const { args } = ok(await this.api.get(place))['spec'].template.spec.containers[0];
    const { values } = parseInvocation(args as string[]);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'openclaw-git', namespace: 'openclaw-system' } };
    const { password } = ok(await this.api.get(secret))['data'];
    const tokenFile = join(this.folder, 'password');
    writeFileSync(tokenFile, Buffer.from(password as string, 'base64'));
    const own = { 'git-token-file': tokenFile, 'git-ca-file': this.server.caFile };
    return startController(this.api, { delivery: 'git', git: gitFactory({ ...values, ...own }, 'git') });
  }

  /** Does something again and again, as the webhook of a forge would, until some work is done. */
  public async while<T>(nudge: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const nudging = (async () => {
      while (!stop.signal.aborted) {
        await nudge();
        await delay(2000);
      }
    })();
    try {
      return await work();
    } finally {
      stop.abort();
      await nudging;
    }
  }

  public remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(commands: string): Promise<void> {
    const basic = Buffer.from(`${this.server.credentials.username}:${this.server.credentials.password}`).toString('base64');
    const settings = {
      'http.sslCAInfo': this.server.caFile,
      'http.extraHeader': `Authorization: Basic ${basic}`,
      'core.hooksPath': '/dev/null',
    };
    const git = Object.entries(settings).flatMap(([key, value], index): [string, string][] => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]);
    const person = { NAME: 'Jane', EMAIL: 'jane@example.org' };
    const names = Object.entries(person).flatMap(([key, value]) => ['AUTHOR', 'COMMITTER'].map((who) => [`GIT_${who}_${key}`, value]));
    await call('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: this.folder,
      env: {
        ...Object.fromEntries([...git, ...names]),
        GIT_CONFIG_COUNT: String(Object.keys(settings).length),
        GIT_CONFIG_GLOBAL: '/dev/null',
        HOME: this.folder,
        PATH: `${this.folder}/bin${delimiter}${process.env['PATH'] ?? ''}`,
        KUBECONFIG: testCluster().kubeconfig,
        // The reader's choices, for the commands that come after those that export them.
        FLEET_ENGINE: this.engine,
        FLEET_URL: this.server.url,
      },
    });
  }

  private program(name: string, text: string): void {
    const file = join(this.folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  }
}

/** The commands of one section of the page. */
function fencesUnder(heading: string): Fence[] {
  const lines = pageText(PAGE).split('\n');
  const begin = lines.indexOf(`## ${heading}`);
  const after = lines.findIndex((text, index) => index > begin && text.startsWith('## '));
  return fencesOf(PAGE).filter(({ line, language }) => language === 'bash' && line > begin && line < after);
}
