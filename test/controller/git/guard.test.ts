import { ApiError } from '../../../controller/api/errors';
import type { ApiRequest } from '../../../controller/api/port';
import { Guard } from '../../../controller/git/guard';
import type { LiveInstance } from '../../../controller/objects/objects';
import { ownerReference } from '../../../controller/objects/ownership';
import type { Plan } from '../../../controller/decide/plan';
import { readPolicy } from '../../../constructs/spec/policy';
import { GitError } from '../../../gitops/git/errors';
import { type Modifier, withEnv, withSpec } from '../../builders';
import type { FakeApi } from '../fake-api';
import { anObserved, planOf } from '../observed';
import { aServer, fillCaches, stopAll } from '../world';

const REVIEW = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
const DIGEST = 'sha256:wanted';
const LABELS = { 'app.kubernetes.io/instance': 'alice', 'app.kubernetes.io/managed-by': 'openclaw-operator' };

let api: FakeApi;
let guard: Guard;

beforeEach(() => {
  api = aServer();
});
afterEach(stopAll);

/** An administrator who forbids nothing: the guard is asked about every rule. */
const policy = readPolicy(JSON.stringify({ rules: [{ namespaces: ['*'], apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }));

async function wanted(...modifiers: readonly Modifier[]): Promise<[Plan, LiveInstance]> {
  const { caches } = await fillCaches(api);
  guard = new Guard(api, caches, 'kustomize-controller');
  api.forgetRequests();
  const observed = anObserved({ modifiers, wantedDelivery: 'git', facts: { policy } });
  return [planOf(observed), observed.instance];
}

/** What the guard says. */
async function verdict(...modifiers: readonly Modifier[]): Promise<string> {
  return guardSays(...(await wanted(...modifiers)));
}

async function guardSays(plan: Plan, instance: LiveInstance): Promise<string> {
  try {
    await guard.check(plan, instance, DIGEST);
    return 'passes';
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return `${error.message}; ${error.remedy}`;
  }
}

describe('C16 an object in the way', () => {
  it('is looked for before the first commit, one by one, and none is no trouble', async () => {
    const [plan, instance] = await wanted();
    expect(await guardSays(plan, instance)).toBe('passes');
    expect(api.reads).toHaveLength(plan.manifests.length);
  });

  it.each<[string, object]>([
    ['without labels', {}],
    ['of another instance', { labels: { ...LABELS, 'app.kubernetes.io/instance': 'bob' } }],
    ['of another tool', { labels: { ...LABELS, 'app.kubernetes.io/managed-by': 'Helm' } }],
  ])('%s is refused: the engine would take it over', async (_what, metadata) => {
    api.seed({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', namespace: 'team-a', ...metadata } });
    expect(await verdict()).toBe(
      'NOT-FOR-GIT: Service alice is in the cluster and belongs to someone else; rename the instance, or remove the object',
    );
  });

  it('with our labels is ours: an engine applied it before', async () => {
    api.seed({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', namespace: 'team-a', labels: LABELS } });
    const [plan, instance] = await wanted();
    expect(await guardSays(plan, instance)).toBe('passes');
    expect(api.reads).toHaveLength(plan.manifests.length - 1);
  });

  it('with our labels and the controller of somebody else is not', async () => {
    const ownerReferences = [{ ...ownerReference(anObserved().instance), kind: 'Deployment', name: 'web', uid: 'uid-web' }];
    api.seed({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', namespace: 'team-a', labels: LABELS, ownerReferences } });
    expect(await verdict()).toMatch(/^NOT-FOR-GIT: Service alice/);
  });

  it('is not looked for once a release was committed: what stands there is the work of the engine', async () => {
    api.seed({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', namespace: 'team-a' } });
    const [plan, instance] = await wanted();
    expect(await guardSays(plan, { ...instance, status: { git: { tree: 't' } } })).toBe('passes');
    expect(api.reads).toEqual([]);
  });
});

const invalid = (what: string): ApiError => new ApiError(`${what} is invalid: spec.ports[0].name: too long`, 422, 'Invalid');
const isOf = (plural: string) => (request: ApiRequest) => request.method === 'PATCH' && request.path.includes(`/${plural}/`);
const dryRuns = (): string[] => api.requests.filter(({ method }) => method === 'PATCH').map(({ path }) => path.split('/').at(-2) ?? '');

describe('C25 what the server would refuse', () => {
  it('is asked of every object, as the engine, and changes nothing', async () => {
    const [plan, instance] = await wanted();
    expect(await guardSays(plan, instance)).toBe('passes');
    const asked = api.requests.filter(({ method }) => method === 'PATCH');
    expect(asked).toHaveLength(plan.manifests.length);
    expect(asked.map(({ query }) => query)).toEqual(
      plan.manifests.map(() => ({ dryRun: 'All', fieldManager: 'kustomize-controller', force: 'true' })),
    );
    expect(api.writes).toEqual([]);
  });

  it('T-R18 is told of all objects at once, with the words of the server', async () => {
    api.fail(invalid('Service "alice"'), isOf('services'));
    api.fail(invalid('StatefulSet "alice"'), isOf('statefulsets'));
    expect(await verdict()).toBe(
      'NOT-FOR-GIT: the API server would refuse Service alice: Service "alice" is invalid: spec.ports[0].name: too long; ' +
        'StatefulSet alice: StatefulSet "alice" is invalid: spec.ports[0].name: too long; change what it names',
    );
  });

  it('is asked again only of what changed', async () => {
    const [plan, instance] = await wanted();
    await guardSays(plan, instance);
    api.forgetRequests();
    await guardSays(plan, instance);
    expect(dryRuns()).toEqual([]);
    const next = planOf(anObserved({ modifiers: [withSpec({ image: { tag: '2026.9.7' } })], wantedDelivery: 'git' }));
    await guardSays(next, instance);
    expect(dryRuns()).toContain('statefulsets');
    expect(dryRuns()).not.toContain('services');
    guard.forget('team-a/alice');
    api.forgetRequests();
    await guardSays(plan, instance);
    expect(dryRuns()).toHaveLength(plan.manifests.length);
  });

  it('is asked again of what was refused: the reason may be gone', async () => {
    const [plan, instance] = await wanted();
    api.fail(invalid('Service "alice"'), isOf('services'));
    expect(await guardSays(plan, instance)).toMatch(/^NOT-FOR-GIT/);
    api.heal();
    api.forgetRequests();
    expect(await guardSays(plan, instance)).toBe('passes');
    expect(dryRuns()).toEqual(['services']);
  });

  it('is not asked of a release that runs', async () => {
    const metadata = { name: 'alice', namespace: 'team-a', labels: LABELS, annotations: { 'openclaw.rocks/release-digest': DIGEST } };
    api.seed({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata });
    const [plan, instance] = await wanted();
    expect(await guardSays(plan, instance)).toBe('passes');
    expect(dryRuns()).toEqual([]);
  });

  it('is not known where a webhook knows no dry run: the release goes on', async () => {
    api.fail(new ApiError('admission webhook "x.example" does not support dry run', 400, 'BadRequest'), isOf('services'));
    expect(await verdict()).toBe('passes');
  });

  it('is no refusal while the server has no time: the pass is tried again', async () => {
    api.fail(new ApiError('try later', 503, 'ServiceUnavailable'), isOf('services'));
    const [plan, instance] = await wanted();
    await expect(guard.check(plan, instance, DIGEST)).rejects.toMatchObject({ name: 'ApiError', status: 503, message: 'try later' });
  });
});

const asks = (...rules: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[]): Modifier =>
  withSpec({ security: { rbac: { additionalRules: [...rules] } } });

const rule = (resources: string[], verbs: string[], apiGroups = ['']) => ({ apiGroups, resources, verbs });

const held = (...resourceRules: readonly object[]): void => void api.fixed.set(REVIEW, { status: { resourceRules } });

const refused = (index: number): string =>
  `NOT-FOR-GIT: spec.security.rbac.additionalRules[${index}] asks for rights that the controller does not have; narrow the rule, or give the controller those rights`;

describe('C16 rights', () => {
  it('are asked for in the namespace of the instance', async () => {
    held(rule(['pods'], ['get']));
    expect(await verdict(asks(rule(['pods'], ['get'])))).toBe('passes');
    expect(api.requests.find(({ path }) => path === REVIEW)?.body).toMatchObject({
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: 'team-a' },
    });
  });

  it('are not asked for where nothing is wanted', async () => {
    expect(await verdict()).toBe('passes');
    expect(api.requests.filter(({ path }) => path === REVIEW)).toEqual([]);
  });

  it.each<[string, object[], boolean]>([
    ['the same', [rule(['pods', 'services'], ['get', 'list'])], true],
    ['each in a rule of its own', [rule(['pods'], ['get', 'list']), rule(['services'], ['list', 'get', 'watch'])], true],
    ['stars', [rule(['*'], ['*'], ['*'])], true],
    ['one verb less', [rule(['pods', 'services'], ['get'])], false],
    ['one resource less', [rule(['pods'], ['get', 'list'])], false],
    ['verbs of one and resources of another', [rule(['pods'], ['get', 'list']), rule(['services'], ['get'])], false],
    ['another group', [rule(['pods', 'services'], ['get', 'list'], ['apps'])], false],
    ['single objects only', [{ ...rule(['pods', 'services'], ['get', 'list']), resourceNames: ['a'] }], false],
    ['nothing', [], false],
  ])('to get and list pods and services, while we hold %s: %s', async (_what, rules, passes) => {
    held(...rules);
    expect(await verdict(asks(rule(['pods', 'services'], ['get', 'list'])))).toBe(passes ? 'passes' : refused(0));
  });

  it('a star is more than a list', async () => {
    held(rule(['pods'], ['get', 'list', 'watch']));
    expect(await verdict(asks(rule(['pods'], ['*'])))).toBe(refused(0));
  });

  it('T-T13 do not count where the rule is left out of the Role', async () => {
    held();
    const { caches } = await fillCaches(api);
    guard = new Guard(api, caches, 'kustomize-controller');
    const observed = anObserved({ modifiers: [asks(rule(['secrets'], ['get']))], wantedDelivery: 'git' });
    expect(await guardSays(planOf(observed), observed.instance)).toBe('passes');
  });

  it('T91 name the first rule that is too much', async () => {
    held(rule(['pods'], ['get']));
    expect(await verdict(asks(rule(['pods'], ['get']), rule(['nodes'], ['get'])))).toBe(refused(1));
  });

  it('are looked at again in every release, also after the first', async () => {
    held();
    const [plan, instance] = await wanted(asks(rule(['pods'], ['get'])));
    expect(await guardSays(plan, { ...instance, status: { git: { tree: 't' } } })).toBe(refused(0));
  });

  it('that cannot be learnt are none', async () => {
    api.fixed.set(REVIEW, {});
    expect(await verdict(asks(rule(['pods'], ['get'])))).toBe(refused(0));
  });
});

function exempt(text: string): Modifier {
  return (written) => ({
    ...written,
    metadata: { ...written.metadata, annotations: { 'openclaw.rocks/secret-exemptions': text } },
  });
}

describe('the gate', () => {
  const env = withEnv({ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } });
  const value = 'correct-horse-7-battery-staple';

  it('knows the values of every Secret that the instance refers to, in each form', async () => {
    const [plan, instance] = await wanted(env);
    const encoded = Buffer.from(value).toString('base64');
    api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'team-a' }, data: { a: encoded } });
    const { taints } = await guard.gate(plan, instance);
    expect([value, encoded, encodeURIComponent(value), 'something else'].map((text) => taints?.isIn(`x ${text} y`))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(api.reads.toSorted()).toEqual([
      '/api/v1/namespaces/team-a/secrets/alice-gateway-token',
      '/api/v1/namespaces/team-a/secrets/keys',
    ]);
  });

  it('passes over Secrets that are not there', async () => {
    const [plan, instance] = await wanted(env);
    await expect(guard.gate(plan, instance)).resolves.toMatchObject({ exemptions: [] });
  });

  it('takes exemptions from the annotation', async () => {
    const one = { file: 'a.yaml', pointer: '/data/x', sha256: 'abc' };
    const [plan, instance] = await wanted(exempt(JSON.stringify([one, { file: 1 }, null])));
    expect((await guard.gate(plan, instance)).exemptions).toEqual([one]);
  });

  it.each(['', '{}', 'yes', '[', '"a"'])('refuses an annotation that is no list: %j', async (text) => {
    const [plan, instance] = await wanted(exempt(text));
    await expect(guard.gate(plan, instance)).rejects.toMatchObject({
      code: 'GIT-SETTINGS',
      message: 'GIT-SETTINGS: the annotation openclaw.rocks/secret-exemptions is no JSON list of {file, pointer, sha256}',
      remedy: 'correct the annotation',
    });
  });
});
