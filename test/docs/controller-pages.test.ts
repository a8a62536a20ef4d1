import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../app/cli/options';
import { NO_OUTCOME } from '../../controller/decide/outcome';
import { computeStatus } from '../../controller/status/compute-status';
import { commitMessage } from '../../gitops/publish/commit-message';
import { GitError, type GitErrorCode } from '../../gitops/git/errors';
import { fluxFile, gitObjectNames, indexFile, instanceDirectory } from '../../gitops/git/names';
import { withEnv, withSpec } from '../builders';
import { anObserved, live, owned, planOf } from '../controller/observed';
import { aLayout, aSet } from '../gitops/layouts';
import { ROOT, fences, pageText, quoted, tableUnder } from './pages';

const CONTROLLER = 'docs/controller.md';
const GITOPS = 'docs/gitops.md';

/** The sources of a folder, as one text. */
function sourcesOf(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8')).join('\n');
}

/** What stands between quotes in a source, by a pattern with one group. */
function named(source: string, pattern: RegExp): string[] {
  return [...new Set([...source.matchAll(pattern)].map(([, name = '']) => name))].toSorted();
}

describe('docs/controller.md', () => {
  const status = sourcesOf('controller/status');

  it('names every phase that an instance gets, and no other', () => {
    const phases = named(/const PHASES[^;]*;/.exec(status)?.[0] ?? '', /'([A-Z]\w+)'/g);
    const rows = tableUnder(CONTROLLER, 'Status').filter(([first]) => phases.includes(quoted(first)[0] ?? ''));
    expect(rows.map(([first]) => quoted(first)[0]).toSorted()).toEqual(phases);
    expect(phases.length).toBeGreaterThan(5);
  });

  it('names every condition, and no other', () => {
    const volume = withSpec({
      skills: ['pack:acme/packs/draw'],
      workspace: { configMapRef: { name: 'files' } },
      backup: { schedule: '@daily' },
    });
    const secret = withEnv({ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } });
    const found = (['apply', 'git'] as const).flatMap((wantedDelivery) => {
      const early = owned({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'alice' } }, live());
      const legacy = { ...early, spec: { replicas: 0 } };
      const observed = anObserved({ wantedDelivery, modifiers: [volume, secret], owned: [legacy] });
      const git = { repository: 'r', branch: 'b', path: 'p', state: 'pending' as const };
      const outcome = { ...NO_OUTCOME, ...(wantedDelivery === 'git' && { git }) };
      const { conditions = [] } = computeStatus({ observed, plan: planOf(observed), outcome }, new Date(0));
      return conditions.map(({ type }) => type);
    });
    const rows = tableUnder(CONTROLLER, 'Status').flatMap(([first]) => quoted(first));
    // `StatefulSetNotReady` is an event.
    expect(rows.filter((name) => name === 'Ready' || /^(?:\w+(?<!Not)Ready|ConfigValid|Committed|Applied)$/.test(name)).toSorted()).toEqual(
      [...new Set(found)].toSorted(),
    );
  });

  it('names every event that is no reason of a condition', () => {
    const events = readFileSync(join(ROOT, 'controller/status/events.ts'), 'utf8');
    const reconciler = readFileSync(join(ROOT, 'controller/process/reconciler.ts'), 'utf8');
    const made = [
      ...named(events, /(?:normal|warning)\(\s*'([A-Z]\w+)'/g),
      ...named(events, /return '([A-Z]\w+)'/g),
      ...named(events, /reason === '([A-Z]\w+NotFound)'/g),
      ...named(reconciler, /reason: '([A-Z]\w+)'/g),
    ];
    const rows = tableUnder(CONTROLLER, 'Status').flatMap(([first]) => quoted(first));
    expect(made.length).toBeGreaterThan(8);
    expect([...new Set(made)].filter((reason) => !rows.includes(reason))).toEqual([]);
  });

  it('names the Secrets of our own making, with their keys', () => {
    const basicAuth = withSpec({
      networking: { ingress: { enabled: true, hosts: [{ host: 'a.example' }], security: { basicAuth: { enabled: true } } } },
    });
    const { secrets } = planOf(anObserved({ modifiers: [basicAuth], secrets: new Map() }));
    const rows = tableUnder(CONTROLLER, 'Secrets of our own making');
    expect(rows.map(([name]) => quoted(name)[0]?.replace('<name>', 'alice'))).toEqual(secrets.map(({ name }) => name));
    for (const [index, { missing }] of secrets.entries()) expect(quoted(rows[index]?.[1])).toEqual(expect.arrayContaining([...missing]));
  });
});

describe('the pages of the controller', () => {
  const text = pageText(CONTROLLER) + pageText(GITOPS);

  it('name every annotation that a user may set', () => {
    const all = named(sourcesOf('controller'), /'(openclaw\.rocks\/[a-z-]+)'/g);
    // The finalizer and the hash are the controller's own.
    const own = new Set(['openclaw.rocks/finalizer', 'openclaw.rocks/secret-hash']);
    const settable = all.filter((name) => !own.has(name));
    expect(settable).toEqual([
      'openclaw.rocks/adopt',
      'openclaw.rocks/confirm-deletion',
      'openclaw.rocks/data-claim',
      'openclaw.rocks/delivery',
      'openclaw.rocks/secret-exemptions',
      'openclaw.rocks/skip-backup',
      'openclaw.rocks/skip-restore',
      'openclaw.rocks/write-over-commit',
    ]);
    expect(settable.filter((name) => !text.includes(name))).toEqual([]);
  });

  it('name flags and variables that there are', () => {
    const { flags } = commands.controller;
    const variables: readonly string[] = Object.values(flags).flatMap((flag) => ('variable' in flag ? [flag.variable] : []));
    const known = [flags, commands.synth.flags, commands.verify.flags, commands.plan.flags, commands.gitops.flags, commands.install.flags];
    expect(named(pageText(GITOPS), /`--([a-z-]+)/g).filter((flag) => !known.some((one) => Object.hasOwn(one, flag)))).toEqual([]);
    expect(named(text, /\b(OPENCLAW_[A-Z_]+)=/g).filter((variable) => !variables.includes(variable))).toEqual([]);
  });

  it('name objects of the controller that there are', () => {
    const sources = sourcesOf('controller');
    const names = named(text, /`(openclaw-controller[a-z-]*)`/g);
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !sources.includes(`'${name}'`))).toEqual([]);
  });
});

describe('docs/gitops.md', () => {
  it('tells every error with whom it waits for and what to do', () => {
    const codes = named(readFileSync(join(ROOT, 'gitops/git/errors.ts'), 'utf8'), /^ {2}'([A-Z-]+)': \{/gm);
    const expected = codes.map((code) => {
      const { stalled, remedy } = new GitError(code as GitErrorCode, '');
      return [`\`${code}\``, stalled ? 'a person' : 'the next try', remedy];
    });
    expect(codes.length).toBeGreaterThan(15);
    expect(tableUnder(GITOPS, 'Errors').toSorted()).toEqual(expected.toSorted());
  });

  it('tells the paths of the layout', () => {
    const placement = { cluster: 'CLUSTER', namespace: 'NAMESPACE', name: 'NAME' };
    const paths = [`${instanceDirectory(placement)}/`, indexFile(placement), fluxFile(placement)];
    const rows = tableUnder(GITOPS, 'In the repository').flatMap(([path]) => quoted(path));
    expect(rows.slice(0, 3)).toEqual(paths);
  });

  it('tells files of an instance that there are', () => {
    const { directory, files } = aLayout(aSet(), { overrides: [{ field: 'replicas', value: 0, reason: 'backup' }] });
    const inside = files.map(({ path }) => path).filter((path) => path.startsWith(`${directory}/`));
    const rows = tableUnder(GITOPS, 'In the repository').filter(([file]) => /^`[a-z]+\./.test(file ?? ''));
    expect(rows.map(([file]) => `${directory}/${quoted(file)[0]}`).filter((path) => !inside.includes(path))).toEqual([]);
    expect(rows.length).toBeGreaterThan(3);
    expect(pageText(GITOPS)).toContain(`\`${gitObjectNames.tombstone('<name>')}\``);
  });

  it('shows a commit as it is made', () => {
    const shown = fences('text').find(({ page, text }) => page === GITOPS && text.startsWith('openclaw('))?.text;
    const message = commitMessage({
      cluster: 'prod',
      engine: '0.1.0',
      plan: 'sha256:90ab...',
      lines: ['StatefulSet/alice  image, 1 env added  (restart)', 'ConfigMap/alice-config  2 keys changed'],
      instances: [
        {
          namespace: 'team-a',
          name: 'alice',
          action: 'configured',
          changes: ['kustomization.yaml', 'statefulset.apps.alice.yaml'].map((id) => ({ id, action: 'configured' })),
          generation: 7,
          digest: 'sha256:4b1c...',
          reason: 'spec-change',
        },
      ],
    });
    expect(shown).toBe(message);
  });

  it('shows an annotation of exemptions that is read', () => {
    const shown = fences('text').find(({ page, text }) => page === GITOPS && text.startsWith('openclaw.rocks/'))?.text ?? '';
    const list: unknown = JSON.parse(/'(.*)'/.exec(shown)?.[1] ?? '');
    expect(list).toEqual([
      { file: expect.any(String) as string, pointer: expect.any(String) as string, sha256: expect.any(String) as string },
    ]);
  });
});
