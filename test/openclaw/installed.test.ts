import { spawnSync } from 'node:child_process';

import { dirname, join } from 'node:path';
import { patient } from '../patience/patience.cjs';
import { anInstance, rendered, withEnv, withSpec } from '../builders';
import type { SkillPack } from '../../constructs/spec/skill-pack';
import { MISSING_BOX, PodBox } from '../pods/box/pod-box';
import { CLAWHUB, NPM_SKILL, PLUGIN, TOOL } from '../registry/packages';
import { Registry } from '../registry/registry';
import { RELEASES, describeWith } from './releases';
import { WITHOUT_METRICS } from './rendered';

const NPM = dirname(dirname(spawnSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' }).stdout.trim()));
const PACK_NAME = 'pack:acme/packs/draw';
const PACK: SkillPack = {
  revision: 'a'.repeat(40),
  files: { 'skills/draw/SKILL.md': { text: '---\nname: draw\ndescription: Draws.\n---\n# Draw\n' } },
  directories: [],
  config: { draw: { enabled: true } },
};

/** What `openclaw ... list --json` prints, without what is told before it. */
function parsed(stdout: string): {
  readonly skills?: readonly { name: string }[];
  readonly plugins?: readonly { id: string; status: string }[];
} {
  return JSON.parse(stdout.slice(stdout.indexOf('{'))) as ReturnType<typeof parsed>;
}

for (const release of RELEASES) {
  describeWith(`what is installed for ${release.version}`, [release.missing, MISSING_BOX], () => {
    let registry: Registry;
    let pod: PodBox;

    beforeAll(async () => {
      registry = await Registry.start(CLAWHUB, NPM_SKILL, PLUGIN, TOOL);
      const view = rendered(
        anInstance(
          withSpec({
            image: { tag: release.version },
            observability: WITHOUT_METRICS,
            skills: ['@acme/search', 'plain', 'npm:npm-skill', 'npm:@acme/tool', PACK_NAME],
            plugins: ['npm:@acme/greeter'],
          }),
          withEnv(
            { name: 'NPM_CONFIG_REGISTRY', value: registry.url },
            { name: 'KNOWN_SKILLS', value: '@acme/search plain' },
            { name: 'OPENCLAW_GATEWAY_TOKEN', value: 'token-of-a-test' },
          ),
        ),
        { skillPacks: new Map([[PACK_NAME, PACK]]) },
      );
      pod = await PodBox.start(view, {
        size: '1g',
        files: 100_000,
        node: release.node,
        binds: [
          { source: join(release.folder, 'node_modules'), mountPath: '/node_modules', readOnly: true },
          { source: join(release.folder, 'node_modules', 'openclaw'), mountPath: '/app', readOnly: true },
          { source: NPM, mountPath: '/usr/local/lib/node_modules/npm', readOnly: true },
        ],
      });
      for (const container of ['init-config', 'init-workspace', 'init-skills', 'init-plugins']) {
        const { status, stderr } = pod.run(container);
        if (status !== 0) throw new Error(`${container} ended with ${status}: ${stderr}`);
      }
    }, patient(300_000));
    afterAll(async () => {
      await pod?.stop();
      await registry.stop();
    });

    test('T-F1 T-F3 T-F4 is found by the application as skills', () => {
      const { stdout } = pod.inAgent('/usr/local/bin/node', '/app/openclaw.mjs', 'skills', 'list', '--json');
      const { skills = [] } = parsed(stdout);
      const names = skills.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['search', 'plain', 'npm-skill', 'draw']));
    }, 120_000);

    test('T-F13 is loaded by the application as a plugin', () => {
      expect(pod.hook()).toMatchObject({ status: 0 });
      const { stdout } = pod.inAgent('/usr/local/bin/node', '/app/openclaw.mjs', 'plugins', 'list', '--json');
      const { plugins = [] } = parsed(stdout);
      expect(plugins.filter(({ id }) => id === 'greeter')).toEqual([expect.objectContaining({ status: 'loaded' })]);
    }, 120_000);

    test('T-F4 has its programs on the PATH of the agent', () => {
      expect(pod.inAgent('/bin/sh', '-c', 'tool')).toMatchObject({ status: 0, stdout: 'tool at work\n' });
    });

    test('T-F2 T-F15 is not asked for again', () => {
      registry.requests();
      // Not one that is tried again for minutes.
      registry.fail(404, 1000);
      for (const container of ['init-config', 'init-workspace', 'init-skills', 'init-plugins'])
        expect(pod.run(container)).toMatchObject({ status: 0 });
      expect(registry.requests().filter((request) => request !== '')).toEqual([]);
    }, 60_000);
  });
}
