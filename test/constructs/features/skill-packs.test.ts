import { type Facts, needsOf } from '../../../constructs';
import {
  LOCKED_PACKS,
  PACKS_KEY,
  type SkillPack,
  type SkillPackFact,
  deliveredPack,
  packReference,
} from '../../../constructs/spec/skill-pack';
import type { JsonObject } from '../../../constructs/spec/json';
import { anInstance, refused, rendered, withConfig, withSpec } from '../../builders';

const NAME = 'pack:acme/packs/draw@v1';
const OTHER = 'pack:acme/packs/write';
const PACK: SkillPack = {
  revision: 'a'.repeat(40),
  files: { 'skills/draw/SKILL.md': { text: '# draw' }, 'skills/draw/logo.png': { base64: 'AP8A' } },
  directories: ['pictures'],
  config: { draw: { enabled: true }, shared: { enabled: true } },
};

const withPacks = (...skills: string[]) => withSpec({ skills });
const factsWith = (...packs: readonly (readonly [string, SkillPackFact])[]): Facts => ({ skillPacks: new Map(packs) });
const view = rendered(anInstance(withPacks(NAME)), factsWith([NAME, PACK]));

interface Plan {
  readonly workspaces: readonly { readonly directories: string[]; readonly files: readonly JsonObject[] }[];
}

const plan = (one = view): Plan => JSON.parse(one.text('alice-workspace', 'plan.json')) as Plan;
const keyOf = (path: string, one = view): string =>
  String(
    plan(one)
      .workspaces.flatMap(({ files }) => files)
      .find(({ to }) => to === path)?.['from'],
  ).replace('/workspace-init/', '');

describe('skill packs', () => {
  it('T48 T-F7 are accepted, and asked for by their whole reference', () => {
    expect(needsOf(anInstance(withPacks(NAME, 'npm:x')))).toEqual([
      { kind: 'configMap', name: LOCKED_PACKS },
      { kind: 'skillPack', name: NAME, configMap: 'alice-workspace' },
    ]);
    expect(packReference('pack:o/r/a/b@feat/x')).toEqual({ owner: 'o', repository: 'r', path: 'a/b', ref: 'feat/x' });
    expect(packReference('pack:o/r/a')).toEqual({ owner: 'o', repository: 'r', path: 'a' });
    expect(packReference('npm:x')).toBeUndefined();
  });

  it('T47 T17 T-F9 T-F10 give their files to the workspace, to be renewed and to be removed, with their folders', () => {
    const [main] = plan().workspaces;
    expect(main?.directories).toEqual(['pictures']);
    expect(main?.files).toContainEqual(expect.objectContaining({ to: 'skills/draw/SKILL.md', always: true, owned: true }));
  });

  it('T-F9 are written once with CreateOnly', () => {
    const once = rendered(anInstance(withPacks(NAME), withSpec({ skillPackUpdatePolicy: 'CreateOnly' })), factsWith([NAME, PACK]));
    const file = plan(once).workspaces[0]?.files.find(({ to }) => to === 'skills/draw/SKILL.md');
    expect(file).not.toHaveProperty('always');
    expect(file).not.toHaveProperty('owned');
  });

  it('T-F14 keep bytes that are no text', () => {
    expect(view.find('ConfigMap', 'alice-workspace')['binaryData']).toEqual({ [keyOf('skills/draw/logo.png')]: 'AP8A' });
    expect(view.text('alice-workspace', keyOf('skills/draw/SKILL.md'))).toBe('# draw');
  });

  it('give their entries to openclaw.json, whole, and the user wins', () => {
    expect(view.openclaw).toHaveProperty('skills.entries', { draw: { enabled: true }, shared: { enabled: true } });
    const theirs = rendered(
      anInstance(withPacks(NAME), withConfig({ skills: { entries: { draw: { env: { A: 'b' } } } } })),
      factsWith([NAME, PACK]),
    );
    expect(theirs.openclaw).toHaveProperty('skills.entries', { draw: { env: { A: 'b' } }, shared: { enabled: true } });
  });

  it('T-F14 never replace a file of the user, and the last of several packs wins over the others', () => {
    const other: SkillPack = { ...PACK, files: { 'skills/draw/SKILL.md': { text: '# write' } }, config: { shared: { enabled: false } } };
    const facts = factsWith([NAME, PACK], [OTHER, other]);
    const both = rendered(anInstance(withPacks(OTHER, NAME)), facts);
    expect(both.text('alice-workspace', keyOf('skills/draw/SKILL.md', both))).toBe('# write');
    expect(both.openclaw).toHaveProperty('skills.entries.shared', { enabled: false });
    const own = rendered(anInstance(withPacks(NAME), withSpec({ workspace: { initialFiles: { 'skills/draw/SKILL.md': 'mine' } } })), facts);
    expect(own.text('alice-workspace', keyOf('skills/draw/SKILL.md', own))).toBe('mine');
  });

  it('go to the workspace that asks for them', () => {
    const lab = rendered(
      anInstance(withSpec({ workspace: { additionalWorkspaces: [{ name: 'lab', skills: [NAME] }] } })),
      factsWith([NAME, PACK]),
    );
    expect(plan(lab).workspaces.map(({ files }) => files.some(({ to }) => to === 'skills/draw/SKILL.md'))).toEqual([false, true]);
  });

  it('T14 T-F8 that cannot be had keep no instance from starting, and are told of', () => {
    const without = rendered(anInstance(withPacks(NAME)), factsWith([NAME, { problem: 'GitHub answers 500' }]));
    expect(without.warned('skill-packs/unresolved')).toEqual([
      expect.objectContaining({
        path: 'spec.skills[0]',
        message: expect.stringContaining('acme/packs/draw@v1 is left out: GitHub answers 500'),
      }),
    ]);
    expect(view.warnings).toEqual([]);
  });

  it('need no init container of installers', () => {
    expect(view.pod.initContainers.map(({ name }) => name)).toEqual(['init-config', 'init-workspace']);
  });

  it('come from a ConfigMap that holds them before anybody is asked', () => {
    const data = { [PACKS_KEY]: JSON.stringify({ [NAME]: { ...PACK, files: { 'a.md': { text: 'locked' } } } }) };
    const locked = rendered(anInstance(withPacks(NAME)), { configMaps: new Map([[LOCKED_PACKS, { data }]]), ...factsWith([NAME, PACK]) });
    expect(locked.text('alice-workspace', keyOf('a.md', locked))).toBe('locked');
  });

  it.each([
    ['no JSON', '{', 'holds no JSON'],
    ['a path that leads out', JSON.stringify({ [NAME]: { files: { '../x': { text: '' } } } }), 'the path "../x"'],
    ['an entry that stops the application', JSON.stringify({ [NAME]: { config: { draw: { on: 1 } } } }), 'has a field "on"'],
    ['a prototype', `{"${NAME}": {"config": {"__proto__": {}}}}`, 'names the skill "__proto__"'],
  ])('T68 T-F14 of a ConfigMap are looked at: %s', (_title, text, message) => {
    const facts: Facts = { configMaps: new Map([[LOCKED_PACKS, { data: { [PACKS_KEY]: text } }]]) };
    expect(rendered(anInstance(withPacks(NAME)), facts).warned('skill-packs/unresolved')[0]?.message).toContain(message);
  });

  it('T66 T-F8 can be read back from what was delivered', () => {
    const { data, binaryData } = view.find('ConfigMap', 'alice-workspace') as unknown as {
      data: Record<string, string>;
      binaryData: Record<string, string>;
    };
    expect(deliveredPack(NAME, { data, binaryData })).toEqual(PACK);
    expect(deliveredPack(OTHER, { data, binaryData })).toBeUndefined();
    expect(deliveredPack(NAME, { data })).toBeUndefined();
    expect(deliveredPack(NAME, { data: { [PACKS_KEY]: '[' } })).toBeUndefined();
  });

  it.each(['pack:acme/packs', 'pack:acme/packs/../x', 'pack:acme/packs/x@a b', 'pack:'])('refuse %s', (skill) => {
    expect(refused(anInstance(withPacks(skill)))).toContainEqual(expect.objectContaining({ path: 'spec.skills[0]' }));
  });
});
