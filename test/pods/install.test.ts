import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { CLAWHUB, NPM_SKILL, TOOL } from '../registry/packages';
import { Registry } from '../registry/registry';
import { type Outcome, Sandbox } from '../programs/sandbox';

// npm takes a second a run.
jest.setTimeout(60_000);

const NPM = spawnSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' }).stdout.trim();

let sandbox: Sandbox;
let registry: Registry;

beforeAll(async () => {
  registry = await Registry.start(TOOL, NPM_SKILL, CLAWHUB);
});
afterAll(async () => registry.stop());
beforeEach(() => {
  sandbox = new Sandbox();
  for (const folder of ['state', 'local', 'cache', 'tools']) mkdirSync(sandbox.path(folder));
  registry.fail(200, 0);
  registry.requests();
  rmSync('/tmp/clawhub', { recursive: true, force: true });
});
afterEach(() => sandbox.remove());

type Entry = Readonly<Record<string, unknown>>;

function install(entries: readonly Entry[], env: Readonly<Record<string, string>> = {}, waits: readonly number[] = [1, 1]): Outcome {
  const plan = {
    volume: sandbox.path('state'),
    prefix: sandbox.path('local'),
    name: 'skills',
    npm: NPM,
    application: sandbox.path('app/openclaw.mjs'),
    clawhub: 'clawhub@0.23.3',
    waits,
    entries,
  };
  return sandbox.node('core/installer/install.mjs', plan, undefined, {
    HOME: sandbox.folder,
    NPM_CONFIG_REGISTRY: registry.url,
    NPM_CONFIG_CACHE: sandbox.path('cache'),
    KNOWN_SKILLS: '@acme/search plain',
    EVIDENCE: sandbox.path('evidence'),
    ...env,
  });
}

const tool: Entry = { kind: 'npm', name: '@acme/tool' };
const search: Entry = { kind: 'clawhub', name: '@acme/search', folder: 'workspace' };
const skill = (path: string): string => sandbox.path('state/workspace/skills', path, 'SKILL.md');

describe('the installing program', () => {
  it('T-F4 puts the programs of a package of npm where PATH leads', () => {
    expect(install([tool])).toMatchObject({ status: 0 });
    expect(spawnSync(sandbox.path('local/bin/tool'), { encoding: 'utf8' }).stdout).toBe('tool at work\n');
  });

  it('T-F6 T-B9 runs no lifecycle script, whatever the user sets, in any spelling', () => {
    const hostile = {
      NPM_CONFIG_IGNORE_SCRIPTS: 'false',
      npm_config_ignore_scripts: 'false',
      'npm_config_ignore-scripts': 'false',
      NPM_CONFIG_SCRIPT_SHELL: '/bin/sh',
      NODE_OPTIONS: '--no-warnings',
    };
    sandbox.write('local/etc/npmrc', 'ignore-scripts=false\n');
    sandbox.write('.npmrc', 'ignore-scripts=false\n');
    expect(install([tool], hostile)).toMatchObject({ status: 0 });
    expect(existsSync(sandbox.path('evidence'))).toBe(false);
    // The scripts would have been seen.
    const args = [NPM, 'install', '--prefix', sandbox.path('other'), '--legacy-peer-deps', '@acme/tool'];
    const env = { PATH: process.env['PATH'], HOME: sandbox.folder, EVIDENCE: sandbox.path('evidence') };
    spawnSync(process.execPath, args, { env: { ...env, NPM_CONFIG_REGISTRY: registry.url, NPM_CONFIG_IGNORE_SCRIPTS: 'false' } });
    expect(existsSync(sandbox.path('evidence'))).toBe(true);
  });

  it('T-F2 does nothing at the second start, and asks nobody', () => {
    const entries = [tool, search, { ...search, name: 'plain' }];
    expect(install(entries)).toMatchObject({ status: 0 });
    expect(registry.requests().length).toBeGreaterThan(0);
    expect(install(entries)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(registry.requests()).toEqual([]);
  });

  it('T-F1 T-F3 puts skills of ClawHub into their workspace, those of an owner below it, with or without @', () => {
    const entries = [
      { ...search, name: 'acme/search' },
      { ...search, name: '@plain' },
      { ...search, folder: 'workspace-lab' },
    ];
    expect(install(entries)).toMatchObject({ status: 0 });
    expect(readFileSync(skill('@acme/search'), 'utf8')).toContain('name: search');
    expect(existsSync(skill('plain'))).toBe(true);
    expect(existsSync(sandbox.path('state/workspace-lab/skills/@acme/search/SKILL.md'))).toBe(true);
    expect(readdirSync(sandbox.path('state')).sort()).toEqual(['.installed-skills.json', 'workspace', 'workspace-lab']);
  });

  it('takes another version in the place of the one that is there', () => {
    install([{ ...search, name: '@acme/search@1.0.0' }]);
    expect(install([{ ...search, name: '@acme/search@2.0.0' }])).toMatchObject({ status: 0 });
    expect(readFileSync(skill('@acme/search'), 'utf8')).toContain('Skill search 2.0.0');
    expect(install([{ ...search, name: '@acme/search@2.0.0' }])).toMatchObject({ status: 0, stderr: '' });
  });

  it('T-F15 tries again when the registry has too many requests', () => {
    registry.fail(429, 2);
    const { status, stderr } = install([tool]);
    expect([status, stderr]).toEqual([0, expect.stringContaining('@acme/tool failed and is tried again')]);
    expect(existsSync(sandbox.path('local/bin/tool'))).toBe(true);
  });

  it('T-F15 starts the pod with what is there when there is nothing newer to be had', () => {
    install([tool]);
    registry.fail(429, 100);
    const { status, stderr } = install([{ ...tool, name: '@acme/tool@2.0.0' }]);
    expect([status, stderr]).toEqual([0, expect.stringContaining('the one that is there serves')]);
  });

  it('names everything that it cannot install, once all others are there, and stops the pod', () => {
    const { status, stderr } = install([{ kind: 'npm', name: 'not-there' }, { ...search, name: '@acme/other' }, tool]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/could not install not-there[^]*could not install @acme\/other/);
    expect(existsSync(sandbox.path('local/bin/tool'))).toBe(true);
  });

  it('does not try again what does not exist', () => {
    expect(install([{ kind: 'npm', name: 'not-there' }], {}, [60_000]).status).toBe(1);
  });

  it('takes a package that is a skill into the workspace', () => {
    expect(install([{ kind: 'npm', name: 'npm-skill', folder: 'workspace' }])).toMatchObject({ status: 0 });
    expect(readFileSync(skill('npm-skill'), 'utf8')).toContain('A skill from npm.');
  });

  it('makes links to programs at each start', () => {
    const linked = { ...tool, links: [{ program: 'tool', at: sandbox.path('tools/tool') }] };
    for (let start = 0; start < 2; start += 1) {
      expect(install([linked])).toMatchObject({ status: 0 });
      expect(spawnSync(sandbox.path('tools/tool'), { encoding: 'utf8' }).stdout).toBe('tool at work\n');
      rmSync(sandbox.path('tools/tool'));
    }
  });

  it('goes on where an earlier start was cut', () => {
    sandbox.write('state/.installing-skills/skills/@acme/search/half', 'x');
    sandbox.write('state/.installed-skills.json.next', 'half');
    expect(install([search])).toMatchObject({ status: 0 });
    expect(readdirSync(sandbox.path('state/workspace/skills/@acme/search')).sort()).toEqual(['.clawhub', 'SKILL.md']);
  });

  it.each([
    ['a list of numbers', '[1, {}]'],
    ['no JSON', '['],
    ['deep', '['.repeat(100_000)],
  ])('does not trust its own notes: %s', (_title, text) => {
    sandbox.write('state/.installed-skills.json', text);
    expect(install([search])).toMatchObject({ status: 0 });
    expect(existsSync(skill('@acme/search'))).toBe(true);
  });

  it('T-R8 does not follow a link of the agent out of the volume, and starts the pod without', () => {
    mkdirSync(sandbox.path('outside'));
    mkdirSync(sandbox.path('state/workspace'), { recursive: true });
    symlinkSync(sandbox.path('outside'), sandbox.path('state/workspace/skills'));
    expect(install([search], {}, [60_000])).toMatchObject({ status: 0, stderr: expect.stringContaining('leads out of') });
    expect(readdirSync(sandbox.path('outside'))).toEqual([]);
    expect(lstatSync(sandbox.path('state/workspace/skills')).isSymbolicLink()).toBe(true);
  });
});
