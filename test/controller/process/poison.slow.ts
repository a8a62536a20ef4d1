import { ApiError } from '../../../controller/api/errors';
import type { ApiRequest } from '../../../controller/api/port';
import { type Meter, noMeter } from '../../../controller/objects/meter';
import { keyText } from '../../../controller/objects/objects';
import { size } from '../../long';
import { type Modifier, withMistake } from '../../builders';
import { World, create, stopAll } from '../world';

afterEach(stopAll);

/** Instances that nobody can help. */
const POISONOUS = size(24, 1000);

const CONCURRENCY = 4;

const inTeam =
  (namespace: string): Modifier =>
  (written) => ({ ...written, metadata: { ...written.metadata, namespace } });

function isOf(plural: string): (request: ApiRequest) => boolean {
  return ({ method, path }) => method !== 'GET' && path.includes(`/namespaces/greedy/${plural}`);
}

function isOwn({ path }: ApiRequest): boolean {
  return path.includes('/namespaces/team-a/');
}

/** What can be wrong for ever, and with which requests. */
const KINDS: readonly (readonly [what: string, modifiers: readonly Modifier[], fail: ((world: World) => void) | undefined])[] = [
  ['invalid', [withMistake({ networking: { ingress: { enabled: true, className: 'nginx', hosts: [] } } })], undefined],
  [
    'refused by the admission of others',
    [],
    ({ api }) => api.fail(new ApiError('admission webhook "x" denied the request', 403, 'Forbidden'), isOf('configmaps')),
  ],
  [
    'beyond a quota',
    [],
    ({ api }) => api.fail(new ApiError('exceeded quota: small, requested: 1, used: 1', 403, 'Forbidden'), isOf('persistentvolumeclaims')),
  ],
  ['answered with 422', [], ({ api }) => api.fail(new ApiError('StatefulSet is invalid', 422, 'Invalid'), isOf('statefulsets'))],
  ['answered with 500', [], ({ api }) => api.fail(new ApiError('boom', 500, 'InternalError'), isOf('services'))],
];

describe(`beside ${POISONOUS} instances that are`, () => {
  it.each(KINDS)('%s, a fresh one waits for the passes under way and no other', async (_what, modifiers, fail) => {
    // How many requests had been sent by the end of each pass, by whose it was.
    const passes: { readonly key: string; readonly sent: number }[] = [];
    const meter: Meter = { ...noMeter, passed: ({ key }) => passes.push({ key: keyText(key), sent: world.api.requests.length }) };
    const world = await World.follow(
      (api) => {
        for (let index = 0; index < POISONOUS; index += 1) create(api, ...named(`bad-${index}`, 'greedy'), ...modifiers);
      },
      { concurrency: CONCURRENCY, meter },
    );
    fail?.(world);
    await world.lead();
    expect(new Set(passes.map(({ key }) => key)).size).toBe(POISONOUS);

    // All of them want a pass at once, which is the worst that can be.
    world.loop.wakeAll();
    passes.length = 0;
    const before = world.api.requests.length;
    create(world.api, inTeam('team-a'));
    await world.settle();

    const requests = world.api.requests.slice(before);
    const begun = requests.findIndex(isOwn);
    expect(begun).toBeGreaterThanOrEqual(0);
    // Those that ran, and the turn of the other tenant that comes between.
    expect(passes.filter(({ sent }) => sent <= before + begun).length).toBeLessThanOrEqual(2 * CONCURRENCY);
    expect(begun).toBeLessThanOrEqual(2 * CONCURRENCY * MOST_REQUESTS);
    // And from then on it is served as often as each of them.
    const made = requests.findIndex((request) => isOwn(request) && request.path.includes('/statefulsets/'));
    const own = requests.slice(begun, made).filter(isOwn).length;
    expect(own).toBeGreaterThan(0);
    expect(made - begun - own).toBeLessThanOrEqual(CONCURRENCY * (own + MOST_REQUESTS));
  });
});

/** No pass has more. */
const MOST_REQUESTS = 16;

function named(name: string, namespace: string): Modifier[] {
  return [(written) => ({ ...written, metadata: { ...written.metadata, name } }), inTeam(namespace)];
}
