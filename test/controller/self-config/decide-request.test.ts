import type { OpenClawSelfConfigSpec } from '../../../constructs';
import { type Asked, MOST_APPLIED, MOST_BYTES, WITHIN_MS, decideRequest } from '../../../controller/self-config/decide-request';
import type { LiveInstance } from '../../../controller/objects/objects';
import { NO_CHANGES } from '../../../controller/observe/agent-changes';
import { type Modifier, anInstance, withEnv, withSpec } from '../../builders';
import { aRequest, mayAsk } from './requests';

const NOW = new Date('2026-03-01T12:00:00Z');

const ago = (ms: number): string => new Date(NOW.getTime() - ms).toISOString();

function asked(change: Partial<OpenClawSelfConfigSpec>, modifiers: readonly Modifier[] = [mayAsk()], more: Partial<Asked> = {}): Asked {
  const written = anInstance(...modifiers);
  return {
    request: aRequest('r', change, { uid: 'r1', creationTimestamp: ago(1000) }),
    instance: { ...written, metadata: { ...written.metadata, uid: 'i1' } } as LiveInstance,
    road: { kind: 'spec' },
    held: NO_CHANGES,
    isOthers: () => false,
    guardedSince: new Date(0),
    appliedAt: [],
    facts: {},
    ...more,
  };
}

function said(...args: Parameters<typeof asked>): string {
  const { phase, message } = decideRequest(asked(...args), NOW);
  return `${phase}: ${message}`;
}

const CHANGES: [string, Partial<OpenClawSelfConfigSpec>][] = [
  ['skills', { addSkills: ['@a/b'] }],
  ['skills', { removeSkills: ['@a/b'] }],
  ['config', { configPatch: { agents: {} } }],
  ['workspaceFiles', { addWorkspaceFiles: { 'a.md': 'a' } }],
  ['workspaceFiles', { removeWorkspaceFiles: ['a.md'] }],
  ['envVars', { addEnvVars: [{ name: 'MY_A', value: 'a' }] }],
  ['envVars', { removeEnvVars: ['MY_A'] }],
];

describe('what an instance lets its agent ask for', () => {
  it.each(CHANGES)('%s: %j is carried out where it is listed, and denied where it is not', (action, change) => {
    expect(said(change)).toBe('Applied: carried out in the spec');
    const others = (['skills', 'config', 'workspaceFiles', 'envVars'] as const).filter((one) => one !== action);
    expect(said(change, [mayAsk(...others)])).toBe(
      `Denied: spec.selfConfigure.allowedActions of OpenClawInstance alice does not list ${action}`,
    );
  });

  it.each<[string, Modifier]>([
    ['is empty', withSpec({ selfConfigure: { enabled: true, allowedActions: [] } })],
    ['is not there', withSpec({ selfConfigure: { enabled: true } })],
  ])('is nothing where the list %s', (_what, modifier) => {
    expect(said({ addSkills: ['a'] }, [modifier])).toMatch(/^Denied: .* does not list skills$/);
  });

  it('is nothing where it is off, whatever the list says', () => {
    const off = withSpec({ selfConfigure: { enabled: false, allowedActions: ['skills'] } });
    expect(said({ addSkills: ['a'] }, [off])).toBe('Denied: spec.selfConfigure.enabled of OpenClawInstance alice is not true');
  });

  it('names every action that is missing, and does none of the request', () => {
    const both = { addSkills: ['a'], configPatch: {}, removeEnvVars: ['MY_A'] };
    expect(said(both, [mayAsk('skills')])).toMatch(/^Denied: .* does not list config, envVars$/);
  });
});

describe('what nobody gets', () => {
  const PROTECTED = [
    'HOME',
    'PATH',
    'OPENCLAW_GATEWAY_TOKEN',
    'OPENCLAW_INSTANCE_NAME',
    'OPENCLAW_NAMESPACE',
    'OPENCLAW_DISABLE_BONJOUR',
    'CHROMIUM_URL',
    'OLLAMA_HOST',
    'TS_AUTHKEY',
    'TS_HOSTNAME',
    'TS_SOCKET',
    'NODE_EXTRA_CA_CERTS',
    'NPM_CONFIG_CACHE',
    'NPM_CONFIG_IGNORE_SCRIPTS',
  ];

  it.each(PROTECTED)('0.9 the variable %s, also of a request that the CRD let pass', (name) => {
    expect(said({ addEnvVars: [{ name, value: 'x' }] })).toMatch(/^Failed: spec\.addEnvVars\[0\]\.name: this variable is protected/);
    expect(said({ removeEnvVars: [name] })).toMatch(/^Failed: spec\.removeEnvVars\[0\]: this variable is protected/);
  });

  it('the key gateway of the configuration', () => {
    expect(said({ configPatch: { gateway: { auth: { mode: 'none' } } } })).toMatch(/^Failed: spec\.configPatch\.gateway: .*protected/);
  });

  it.each(['../x', '/etc/x', 'a/../b', '.ssh/x', 'openclaw.json', 'a\\b', ''])('T-N8 a file at %j', (path) => {
    expect(said({ addWorkspaceFiles: { [path]: 'x' } })).toMatch(/^Failed: spec\.addWorkspaceFiles/);
  });

  it('a request that asks for nothing', () => {
    expect(said({})).toMatch(/^Failed: .*asks for nothing/);
    expect(said({ addSkills: [] })).toMatch(/^Failed: .*asks for nothing/);
  });

  const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

  it.each<[string, Partial<OpenClawSelfConfigSpec>]>([
    ['spec.addEnvVars[0].value', { addEnvVars: [{ name: 'MY_A', value: TOKEN }] }],
    ['spec.configPatch.models.key', { configPatch: { models: { key: TOKEN } } }],
    ['spec.addWorkspaceFiles[notes/a.md]', { addWorkspaceFiles: { 'notes/a.md': `the key is ${TOKEN}` } }],
    ['spec.addEnvVars[0].value', { addEnvVars: [{ name: 'MY_PASSWORD', value: 'hunter2-and-more' }] }],
  ])('a secret in plain text at %s, of which no letter is repeated', (path, change) => {
    const text = said(change);
    expect(text).toMatch(/^Failed: /);
    expect(text).toContain(`${path}: looks like a secret in plain text`);
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain('hunter2');
  });

  it('a variable that a person takes from a Secret: it does not become plain text', () => {
    const keyed = withEnv({ name: 'MY_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } });
    expect(said({ addEnvVars: [{ name: 'MY_KEY', value: 'x' }] }, [mayAsk(), keyed])).toMatch(/^Failed: .*MY_KEY has valueFrom/);
  });

  it('T-B22 a patch of a configuration that comes from a ConfigMap', () => {
    const mapped = withSpec({ config: { configMapRef: { name: 'mine' } } });
    expect(said({ configPatch: { a: 1 } }, [mayAsk(), mapped])).toMatch(
      /^Failed: spec\.configPatch: the configuration comes from ConfigMap mine/,
    );
  });

  it('more than a total, however small each request is', () => {
    const held = { ...NO_CHANGES, files: { 'a.md': 'x'.repeat(MOST_BYTES - 1000) } };
    expect(said({ addWorkspaceFiles: { 'b.md': 'y' } }, [mayAsk()], { held })).toMatch(/^Applied/);
    expect(said({ addWorkspaceFiles: { 'b.md': 'y'.repeat(1000) } }, [mayAsk()], { held })).toMatch(
      /^Failed: all that was asked for takes \d+ bytes/,
    );
    // And in characters that take several bytes.
    expect(said({ addWorkspaceFiles: { 'b.md': '\u{1F980}'.repeat(300) } }, [mayAsk()], { held })).toMatch(/^Failed: all that was asked/);
  });
});

describe('an instance that would not be valid with it', () => {
  const many = withSpec({ skills: Array.from({ length: 20 }, (_, index) => `@a/s${index}`) });

  it.each<[string, Partial<OpenClawSelfConfigSpec>, Modifier[], RegExp]>([
    ['a list that gets too long', { addSkills: ['@a/one-more'] }, [many], /spec\.skills: .*20/],
    ['a name that ClawHub cannot have', { addSkills: ['a/b/c/d'] }, [], /spec\.skills\[0\]: is no skill of ClawHub/],
    [
      'raw beside JSON5',
      { configPatch: { a: 1 } },
      [withSpec({ config: { format: 'json5', configMapRef: { name: 'x' } } })],
      /comes from ConfigMap/,
    ],
  ])('by %s is told why, and nothing is changed', (_what, change, modifiers, expected) => {
    const text = said(change, [mayAsk(), ...modifiers]);
    expect(text).toMatch(/^Failed: /);
    expect(text).toMatch(expected);
  });

  it('and is not valid now, for another reason: that is not the request’s fault', () => {
    const broken = withSpec({ networking: { ingress: { enabled: true, hosts: [] } } });
    expect(said({ addSkills: ['@a/b'] }, [mayAsk(), broken])).toMatch(/^Applied/);
    expect(said({ addSkills: ['a/b/c/d'] }, [mayAsk(), broken])).toMatch(/^Failed: the instance would not be valid with it: spec\.skills/);
  });
});

describe('when', () => {
  const none = { instance: undefined };

  it('T-N1 T81 an instance that is not there is waited for, and not for ever', () => {
    expect(decideRequest(asked({ addSkills: ['a'] }, undefined, none), NOW)).toMatchObject({ phase: 'Pending', afterMs: 5000 });
    const old = { ...none, request: aRequest('r', { addSkills: ['a'] }, { creationTimestamp: ago(61_000) }) };
    expect(said({}, undefined, old)).toBe('Failed: there is no OpenClawInstance alice in namespace team-a');
  });

  it('an instance is being deleted nothing is begun', () => {
    const { instance } = asked({});
    const ending = { ...instance, metadata: { ...instance?.metadata, deletionTimestamp: ago(1) } } as LiveInstance;
    expect(said({ addSkills: ['a'] }, undefined, { instance: ending })).toBe('Failed: OpenClawInstance alice is being deleted');
  });

  it('T-N3 T83 nobody asks who makes requests, none is carried out; one that was made before somebody did is denied', () => {
    const unknown = decideRequest(asked({ addSkills: ['a'] }, undefined, { guardedSince: undefined }), NOW);
    expect(unknown).toMatchObject({ phase: 'Pending', afterMs: 60_000 });
    expect(unknown.message).toContain('--print-rbac');
    expect(said({ addSkills: ['a'] }, undefined, { guardedSince: NOW })).toMatch(/^Denied: it was made before the admission policy/);
  });

  it('many were carried out the next one waits until the first of them is long enough ago', () => {
    const appliedAt = Array.from({ length: MOST_APPLIED }, (_, index) => NOW.getTime() - WITHIN_MS + (index + 1) * 1000);
    expect(decideRequest(asked({ addSkills: ['a'] }, undefined, { appliedAt }), NOW)).toMatchObject({ phase: 'Pending', afterMs: 1000 });
    expect(said({ addSkills: ['a'] }, undefined, { appliedAt: appliedAt.slice(1) })).toMatch(/^Applied/);
  });

  it('T-T15 the clock was set back, what was carried out in a time to come holds nothing up', () => {
    const appliedAt = Array.from({ length: MOST_APPLIED }, () => NOW.getTime() + 7_200_000);
    expect(said({ addSkills: ['a'] }, undefined, { appliedAt })).toMatch(/^Applied/);
  });

  it('a request was carried out and its answer was lost, it gets the answer and nothing is done again', () => {
    const again = decideRequest(asked({ addSkills: ['a'] }, undefined, { last: 'r1' }), NOW);
    expect(again).toEqual({ phase: 'Applied', message: 'carried out', kept: [] });
  });
});

describe('T-N5 what an agent has', () => {
  const held = {
    skills: ['@a/old'],
    env: [{ name: 'MY_OLD', value: '1' }],
    files: { 'old.md': 'o' },
    config: { agents: { defaults: { a: 1 } } },
  };

  function after(change: Partial<OpenClawSelfConfigSpec>, more: Partial<Asked> = {}) {
    const decision = decideRequest(asked(change, [mayAsk(), withSpec({ skills: ['@a/old', '@p/hers'] })], { held, ...more }), NOW);
    if (decision.phase !== 'Applied') throw new Error(decision.message);
    return decision;
  }

  it.each<[Partial<OpenClawSelfConfigSpec>, object]>([
    [{ addSkills: ['@a/new'] }, { ...held, skills: ['@a/old', '@a/new'] }],
    [{ addSkills: ['@a/old'] }, held],
    [{ removeSkills: ['@a/old'] }, { ...held, skills: [] }],
    [
      { addSkills: ['@a/x'], removeSkills: ['@a/x', '@a/old'] },
      { ...held, skills: [] },
    ],
    [{ addEnvVars: [{ name: 'MY_OLD', value: '2' }] }, { ...held, env: [{ name: 'MY_OLD', value: '2' }] }],
    [
      { addEnvVars: [{ name: 'MY_OLD', value: '2' }], removeEnvVars: ['MY_OLD'] },
      { ...held, env: [{ name: 'MY_OLD', value: '2' }] },
    ],
    [{ removeEnvVars: ['MY_OLD'] }, { ...held, env: [] }],
    [{ removeWorkspaceFiles: ['old.md', 'never.md'] }, { ...held, files: {} }],
    [{ addWorkspaceFiles: { 'b.md': 'b' } }, { ...held, files: { 'old.md': 'o', 'b.md': 'b' } }],
    [{ configPatch: { agents: { defaults: { b: [1] } } } }, { ...held, config: { agents: { defaults: { a: 1, b: [1] } } } }],
    [{ configPatch: { agents: { defaults: { a: null } } } }, { ...held, config: { agents: { defaults: { a: null } } } }],
  ])('after %j is all of it', (change, expected) => {
    expect(after(change).changes).toEqual(expected);
  });

  it('T-N7 T39 is never what somebody else wrote: that stays, and the answer says so', () => {
    const decision = after({ removeSkills: ['@p/hers', '@a/old'] }, { isOthers: ({ name }) => name === '@p/hers' });
    expect(decision.changes?.skills).toEqual([]);
    expect(decision.kept).toEqual(['skill @p/hers']);
    expect(decision.message).toContain('skill @p/hers stays, for somebody else wrote it');
  });

  it('may have keys of any name, and none reaches a prototype', () => {
    const configPatch = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}') as Record<string, unknown>;
    const files = Object.fromEntries([['__proto__', 'x']]);
    const { changes } = after({ configPatch, addWorkspaceFiles: files });
    expect(Object.keys(changes?.config ?? {})).toEqual(['agents', '__proto__', 'constructor']);
    expect(Object.keys(changes?.files ?? {})).toEqual(['old.md', '__proto__']);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});
