import type { JsonObject } from '../../../constructs/spec/json';
import { anInstance, ofOldRelease, refused, rendered, withCaBundle, withEnv, withSpec } from '../../builders';

const withSkills = (...skills: string[]) => withSpec({ skills });
const view = rendered(anInstance(withSkills('npm:@acme/tool@1.2.0', '@acme/search', 'plain')));
const planOf = (one: typeof view): JsonObject => JSON.parse(one.text('alice-config', 'skills-plan.json')) as JsonObject;

describe('skills', () => {
  it('are absent by default, with everything of them', () => {
    const none = rendered(anInstance());
    expect(none.containers.map(({ name }) => name)).not.toContain('init-skills');
    expect(none.find('ConfigMap', 'alice-config')['data']).not.toHaveProperty(['install.mjs']);
  });

  it('T-F1 T-F6 are installed by a program of ours, as the agent, with its volumes and without rights', () => {
    expect(view.container('init-skills')).toMatchObject({
      image: 'ghcr.io/openclaw/openclaw:2026.9.6',
      command: ['/usr/local/bin/node', '/operator-config/install.mjs', '/operator-config/skills-plan.json'],
      securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true, allowPrivilegeEscalation: false },
    });
    expect(view.container('init-skills').volumeMounts).toEqual([
      { name: 'data', mountPath: '/home/openclaw/.openclaw', subPath: '.openclaw' },
      { name: 'data', mountPath: '/home/openclaw/.local', subPath: '.local' },
      { name: 'data', mountPath: '/home/openclaw/.cache', subPath: '.cache' },
      { name: 'skills-tmp', mountPath: '/tmp' },
      { name: 'config', mountPath: '/operator-config', readOnly: true },
    ]);
    expect(view.volume('skills-tmp')).toEqual({ name: 'skills-tmp', emptyDir: {} });
  });

  it('are named in a plan, sorted, each with its workspace', () => {
    expect(planOf(view)).toMatchObject({
      entries: [
        { kind: 'clawhub', name: '@acme/search', folder: 'workspace' },
        { kind: 'npm', name: '@acme/tool@1.2.0', folder: 'workspace' },
        { kind: 'clawhub', name: 'plain', folder: 'workspace' },
      ],
    });
  });

  it('of further workspaces go there', () => {
    const lab = rendered(anInstance(withSpec({ workspace: { additionalWorkspaces: [{ name: 'lab', skills: ['plain'] }] } })));
    expect(planOf(lab)).toMatchObject({ entries: [{ kind: 'clawhub', name: 'plain', folder: 'workspace-lab' }] });
    expect(lab.warnings).toEqual([]);
  });

  it('T-F4 T-G6 leave their programs where the PATH of every agent leads', () => {
    expect(planOf(view)).toMatchObject({ prefix: '/home/openclaw/.local' });
    expect(view.env()['PATH']?.split(':')).toContain('/home/openclaw/.local/bin');
  });

  it("T-F5 T-B9 see the user's registry and tokens, and none of his words on lifecycle scripts, in any spelling", () => {
    const secretKeyRef = { name: 'registry', key: 'token' };
    const given = rendered(
      anInstance(
        withSkills('plain'),
        withEnv(
          { name: 'NPM_CONFIG_REGISTRY', value: 'https://npm.example.com' },
          { name: 'NPM_TOKEN', valueFrom: { secretKeyRef } },
          { name: 'NPM_CONFIG_IGNORE_SCRIPTS', value: 'false' },
          { name: 'npm_config_ignore-scripts', value: 'false' },
          { name: 'NODE_OPTIONS', value: '--require=/home/openclaw/.openclaw/x.js' },
        ),
        withSpec({ envFrom: [{ secretRef: { name: 'more' } }] }),
      ),
    ).container('init-skills');
    expect(given.env).toContainEqual({ name: 'NPM_TOKEN', valueFrom: { secretKeyRef } });
    expect(given['envFrom']).toEqual([{ secretRef: { name: 'more' } }]);
    const values = (given.env ?? []).filter(({ name }) => /ignore.scripts|NODE_OPTIONS|REGISTRY/i.test(name));
    expect(values).toEqual([
      { name: 'NPM_CONFIG_REGISTRY', value: 'https://npm.example.com' },
      { name: 'NPM_CONFIG_IGNORE_SCRIPTS', value: 'true' },
      { name: 'NODE_OPTIONS' },
    ]);
    const names = (given.env ?? []).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('T-I5 trust the company', () => {
    expect(rendered(anInstance(withSkills('plain'), withCaBundle)).env('init-skills')).toHaveProperty('NODE_EXTRA_CA_CERTS');
  });

  it('T-F3 of an owner are shown to releases that look one folder deep', () => {
    const old = rendered(anInstance(ofOldRelease, withSkills('@acme/search', 'acme/other', 'plain')));
    expect(old.openclaw).toHaveProperty('skills.load.extraDirs', ['/home/openclaw/.openclaw/workspace/skills/@acme']);
    expect(view.openclaw).not.toHaveProperty('skills');
  });

  it.each([
    ['a/b/c', 'no skill of ClawHub'],
    ['npm:a/b', 'no package of npm'],
    ['npm:@a', 'no package of npm'],
    ['-g', 'ClawHub name'],
    ['a;id', 'ClawHub name'],
    ['npm:../x', "'..'"],
  ])('refuse %s', (skill, message) => {
    expect(refused(anInstance(withSkills(skill)))).toContainEqual(
      expect.objectContaining({ path: 'spec.skills[0]', message: expect.stringContaining(message) }),
    );
  });
});
