import type { OpenClawInstanceSpec } from '../../../imports/types';
import { keysThatMeet } from '../../../constructs/features/workspace/paths';
import { fileKey } from '../../../constructs/hosts/workspace';
import { anInstance, ofOldRelease, refused, rendered, withMistake, withSpec, withCaBundle, withConfig } from '../../builders';

const withWorkspace = (workspace: NonNullable<OpenClawInstanceSpec['workspace']>) => withSpec({ workspace });

interface Plan {
  readonly marker: string;
  readonly workspaces: readonly {
    readonly root: string;
    readonly directories: readonly string[];
    readonly files: readonly { readonly from: string; readonly to: string; readonly always?: boolean }[];
    readonly folders: readonly string[];
  }[];
}

function planOf(...modifiers: readonly ReturnType<typeof withWorkspace>[]): Plan {
  return JSON.parse(rendered(anInstance(...modifiers)).text('alice-workspace', 'plan.json')) as Plan;
}

describe('the workspace', () => {
  it('is always seeded: the agent is told how it lives', () => {
    const view = rendered(anInstance());
    expect(Object.keys(view.find('ConfigMap', 'alice-workspace')['data'] as object).sort()).toEqual(['ENVIRONMENT.md', 'plan.json']);
    expect(planOf()).toEqual({
      marker: '/home/openclaw/.openclaw/.workspace-seeded.json',
      workspaces: [
        {
          root: '/home/openclaw/.openclaw/workspace',
          directories: [],
          files: [{ from: '/workspace-init/ENVIRONMENT.md', to: 'ENVIRONMENT.md', always: true }],
          folders: [],
        },
      ],
    });
  });

  it('T-B12 is seeded by a program that stops at the first error, on the image of the agent, after the config', () => {
    const view = rendered(anInstance());
    expect(view.container('init-workspace')).toMatchObject({
      image: view.agent.image,
      command: ['/usr/local/bin/node', '/operator-config/seed.mjs', '/workspace-init/plan.json'],
      volumeMounts: [
        { name: 'data', mountPath: '/home/openclaw/.openclaw', subPath: '.openclaw' },
        { name: 'config', mountPath: '/operator-config', readOnly: true },
        { name: 'workspace-init', mountPath: '/workspace-init', readOnly: true },
      ],
    });
    expect(view.pod.initContainers.map(({ name }) => name)).toEqual(['init-config', 'init-workspace']);
  });

  it('T-G6 tells the agent of a PATH that it has', () => {
    const view = rendered(anInstance());
    expect(view.text('alice-workspace', 'ENVIRONMENT.md')).toContain('`~/.local/bin` is on your PATH');
    expect(view.env()['PATH']).toContain('/home/openclaw/.local/bin');
  });

  it('T42 T-F11 takes nested paths: a key of the ConfigMap each, with the path in the plan', () => {
    const initialFiles = { 'tools/scripts/setup.sh': '#!/bin/sh\n', 'AGENTS.md': '# hi' };
    const view = rendered(anInstance(withWorkspace({ initialFiles, initialDirectories: ['b', 'a/c'] })));
    const [main] = planOf(withWorkspace({ initialFiles, initialDirectories: ['b', 'a/c'] })).workspaces;
    expect(main?.directories).toEqual(['a/c', 'b']);
    expect(main?.files.map(({ to }) => to)).toEqual(['ENVIRONMENT.md', 'AGENTS.md', 'tools/scripts/setup.sh']);
    for (const { from, to } of main?.files.slice(1) ?? []) {
      expect(view.text('alice-workspace', from.replace('/workspace-init/', ''))).toBe(initialFiles[to as keyof typeof initialFiles]);
    }
  });

  it('T-F14 keeps apart what a simple encoding would join', () => {
    const paths = ['a/b', 'a-b', 'a--b', 'a b', 'ä/b', 'ö/b', 'x'.repeat(250), `${'x'.repeat(249)}y`, '日本', '中国'];
    const keys = [...paths.map((path) => fileKey(undefined, path)), fileKey('lab', 'a/b'), fileKey('a', 'b')];
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[-._a-zA-Z0-9]{1,253}$/);
    const initialFiles = Object.fromEntries(paths.map((path) => [path, path]));
    expect(
      Object.keys(rendered(anInstance(withWorkspace({ initialFiles }))).find('ConfigMap', 'alice-workspace')['data'] as object),
    ).toHaveLength(paths.length + 2);
  });

  it('T-R7 has keys that nobody makes meet: 128 bits of hash', () => {
    expect(fileKey(undefined, 'AGENTS.md')).toMatch(/^AGENTS[.]md[.][0-9a-f]{32}$/);
    const contents = [{ name: undefined, folders: [], files: ['a', 'b'].map((path) => ({ path, text: path, policy: 'create' as const })) }];
    expect([...keysThatMeet(contents)]).toEqual([]);
    expect([...keysThatMeet(contents, () => 'same')]).toEqual([
      expect.objectContaining({
        path: 'spec.workspace',
        rule: 'workspace/clash',
        severity: 'error',
        message: expect.stringContaining('"a" and "b"'),
      }),
    ]);
  });

  it.each([
    ['CJK', '漢'.repeat(85), '漢'.repeat(86)],
    ['a folder above', `${'漢'.repeat(85)}/x`, `${'漢'.repeat(86)}/x`],
  ])('T-R7 counts names of files in bytes: %s', (_title, longest, longer) => {
    expect(rendered(anInstance(withWorkspace({ initialFiles: { [longest]: '' } }))).warnings).toEqual([]);
    expect(refused(anInstance(withWorkspace({ initialFiles: { [longer]: '' } })))).toEqual([
      expect.objectContaining({ path: `spec.workspace.initialFiles[${longer}]`, rule: 'workspace/long-name', severity: 'error' }),
    ]);
  });

  it('T-R7 counts names of folders in bytes, in every workspace', () => {
    const initialDirectories = [`a/${'漢'.repeat(85)}`, `a/${'漢'.repeat(86)}`];
    expect(refused(anInstance(withWorkspace({ additionalWorkspaces: [{ name: 'lab', initialDirectories }] })))).toEqual([
      expect.objectContaining({ path: 'spec.workspace.additionalWorkspaces[0].initialDirectories[1]', rule: 'workspace/long-name' }),
    ]);
  });

  it.each([
    ['below a file of ours', { initialFiles: { 'ENVIRONMENT.md/x': '' } }, 'initialFiles[ENVIRONMENT.md/x]'],
    ['a folder in the place of ours', { initialDirectories: ['./ENVIRONMENT.md/'] }, 'initialDirectories[0]'],
    ['a folder below ours', { initialDirectories: ['a', 'ENVIRONMENT.md//x'] }, 'initialDirectories[1]'],
    ['below a file of the user', { initialFiles: { 'a/b': '', 'a/b/c/d': '' } }, 'initialFiles[a/b]'],
    ['a folder in the place of a file', { initialFiles: { 'a/b': '' }, initialDirectories: ['a//b'] }, 'initialFiles[a/b]'],
  ])('T-R7 refuses a path through a file: %s', (_title, content, field) => {
    expect(refused(anInstance(withWorkspace(content)))).toEqual([
      expect.objectContaining({ path: `spec.workspace.${field}`, rule: 'workspace/clash', severity: 'error' }),
    ]);
    expect(refused(anInstance(withWorkspace({ additionalWorkspaces: [{ name: 'lab', ...content }] })))).toHaveLength(1);
  });

  it('T-F14 cannot take the place of the program or its plan', () => {
    const initialFiles = { 'plan.json': 'mine', 'seed.mjs': 'mine' };
    const view = rendered(anInstance(withWorkspace({ initialFiles })));
    expect(view.text('alice-workspace', 'plan.json')).toContain('"marker"');
  });

  it('T-F14 is refused when its files are more than one ConfigMap holds, with the way out', () => {
    const initialFiles = { 'big.txt': 'ä'.repeat(530_000) };
    expect(refused(anInstance(withWorkspace({ initialFiles })))).toEqual([
      expect.objectContaining({ path: 'spec.workspace', rule: 'workspace/too-large', message: expect.stringContaining('configMapRef') }),
    ]);
    expect(rendered(anInstance(withWorkspace({ initialFiles: { 'big.txt': 'a'.repeat(1_000_000) } }))).warnings).toEqual([]);
  });

  it('T-F14 mounts ConfigMaps of the user, so that binary files arrive whole', () => {
    const view = rendered(
      anInstance(
        withWorkspace({ configMapRef: { name: 'files' }, additionalWorkspaces: [{ name: 'lab', configMapRef: { name: 'lab-files' } }] }),
      ),
    );
    const mounts = view.container('init-workspace').volumeMounts.slice(3);
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual(['/workspace-sources/main', '/workspace-sources/additional-lab']);
    expect(mounts.map(({ name }) => view.volume(name)['configMap'])).toEqual([{ name: 'files' }, { name: 'lab-files' }]);
    expect(view.references.slice(1)).toMatchObject([
      { kind: 'ConfigMap', name: 'files', path: 'spec.workspace.configMapRef' },
      { kind: 'ConfigMap', name: 'lab-files', path: 'spec.workspace.additionalWorkspaces[0].configMapRef' },
    ]);
  });

  it('T-F12 has no BOOTSTRAP.md of ours that could come back, and the application writes none when it is switched off', () => {
    const off = withWorkspace({ bootstrap: { enabled: false } });
    expect(rendered(anInstance(off)).openclaw).toHaveProperty('agents.defaults.skipBootstrap', true);
    expect(rendered(anInstance(off, ofOldRelease)).openclaw).toHaveProperty('agents.defaults.skipBootstrap', true);
    expect(rendered(anInstance()).openclaw).not.toHaveProperty('agents');
    expect(JSON.stringify(planOf())).not.toContain('BOOTSTRAP');
    expect(rendered(anInstance(off, withConfig({ agents: { defaults: { skipBootstrap: false } } }))).openclaw).toHaveProperty(
      'agents.defaults.skipBootstrap',
      false,
    );
  });

  it('lets an ENVIRONMENT.md of the user win over ours', () => {
    const [main] = planOf(withWorkspace({ initialFiles: { 'ENVIRONMENT.md': 'mine' } })).workspaces;
    expect(main?.files).toEqual([{ from: `/workspace-init/${fileKey(undefined, 'ENVIRONMENT.md')}`, to: 'ENVIRONMENT.md' }]);
  });

  it('has further workspaces beside the main one, each in a folder of its own', () => {
    const plan = planOf(
      withWorkspace({
        initialFiles: { 'a.md': 'main' },
        additionalWorkspaces: [{ name: 'lab', initialFiles: { 'a.md': 'lab' }, initialDirectories: ['runs'] }, { name: 'ops' }],
      }),
    );
    expect(plan.workspaces.map(({ root }) => root)).toEqual(
      ['workspace', 'workspace-lab', 'workspace-ops'].map((folder) => `/home/openclaw/.openclaw/${folder}`),
    );
    expect(plan.workspaces[1]?.files.map(({ to }) => to)).toEqual(['ENVIRONMENT.md', 'a.md']);
    expect(plan.workspaces[0]?.files[1]?.from).not.toBe(plan.workspaces[1]?.files[1]?.from);
  });

  it('T-I5 trusts the CA bundle while it is seeded', () => {
    expect(rendered(anInstance(withCaBundle)).env('init-workspace')).toHaveProperty('NODE_EXTRA_CA_CERTS');
  });

  it.each([
    [{ initialFiles: { a: 'x', 'a/b': 'y' } }, 'spec.workspace.initialFiles[a]'],
    [{ initialFiles: { a: 'x' }, initialDirectories: ['a'] }, 'spec.workspace.initialFiles[a]'],
    [{ initialFiles: { a: 'x' }, initialDirectories: ['a/b'] }, 'spec.workspace.initialFiles[a]'],
    [
      { additionalWorkspaces: [{ name: 'lab', initialFiles: { a: '', 'a/b': '' } }] },
      'spec.workspace.additionalWorkspaces[0].initialFiles[a]',
    ],
  ])('refuses %j, where a file would have to be a folder', (workspace, path) => {
    expect(refused(anInstance(withWorkspace(workspace)))).toEqual([expect.objectContaining({ path, rule: 'workspace/clash' })]);
  });

  it.each(['../x', 'a/../../x', '/etc/passwd', '.hidden', 'a/.hidden', 'a//b', 'a\\b', 'openclaw.json', 'a\nb', ''])(
    'refuses a file %j',
    (path) => {
      expect(refused(anInstance(withMistake({ workspace: { initialFiles: { [path]: 'x' } } })))).toContainEqual(
        expect.objectContaining({ path: expect.stringMatching(/^spec\.workspace\.initialFiles/), severity: 'error' }),
      );
    },
  );

  it.each(['../x', '/etc', 'a/..', 'a\\b'])('refuses a directory %j', (path) => {
    expect(refused(anInstance(withWorkspace({ initialDirectories: [path] })))).toContainEqual(
      expect.objectContaining({ path: 'spec.workspace.initialDirectories[0]', severity: 'error' }),
    );
  });
});
