import { commonLabels } from '../../../constructs/wire/names';
import { ApiError } from '../../../controller/api/errors';
import type { GitOutcome } from '../../../controller/decide/outcome';
import type { KubeObject } from '../../../controller/objects/objects';
import { stopAll } from '../world';
import { COMMITTED, Delivering, published } from './delivering';

const KUSTOMIZATION = 'Kustomization team-a.alice in namespace flux-system';
const APPLICATION = 'Application openclaw.prod.team-a.alice in namespace argocd';

let subject: Delivering;

beforeEach(async () => {
  subject = await Delivering.begin();
});
afterEach(async () => {
  await subject.delivery.stop();
  await stopAll();
});

async function withFlux(): Promise<void> {
  subject.flux = { source: 'fleet' };
  await subject.restart();
}

function flux(...conditions: object[]): KubeObject {
  const metadata = { name: 'team-a.alice', namespace: 'flux-system' };
  return subject.api.seed({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata, status: { conditions } });
}

function argo(status: object): KubeObject {
  const metadata = { name: 'openclaw.prod.team-a.alice', namespace: 'argocd' };
  return subject.api.seed({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata, status });
}

async function committed(): Promise<GitOutcome> {
  await subject.publish();
  await subject.scripted.answer(COMMITTED);
  return subject.publish();
}

const reads = (): number => subject.api.requests.filter(({ path }) => /kustomizations|applications/.test(path)).length;

describe('T-S7 the engine of a release that does not come', () => {
  it('is named with its complaint: a Kustomization of Flux', async () => {
    await withFlux();
    flux(
      { type: 'Ready', status: 'False', message: 'Service/team-a/alice dry-run failed' },
      { type: 'Reconciling', status: 'True', message: 'x' },
    );
    expect((await committed()).engine).toEqual({ name: KUSTOMIZATION, said: 'Service/team-a/alice dry-run failed' });
  });

  it.each([
    ['a condition', { conditions: [{ type: 'ComparisonError', message: 'not permitted in project' }] }, 'not permitted in project'],
    ['a failed sync', { operationState: { phase: 'Failed', message: 'one or more objects failed' } }, 'one or more objects failed'],
    ['none', { operationState: { phase: 'Running', message: 'waiting' } }, undefined],
  ])('is named with its complaint, an Application of Argo CD: %s', async (_what, status, said) => {
    argo(status);
    expect((await committed()).engine).toEqual({ name: APPLICATION, ...(said !== undefined && { said }) });
  });

  it('that goes on as it should complains of nothing', async () => {
    await withFlux();
    flux({ type: 'Ready', status: 'Unknown', message: 'Reconciliation in progress' });
    expect((await committed()).engine).toEqual({ name: KUSTOMIZATION });
  });

  it('of Flux that is not there is told; of Argo CD the directory is named, for whoever sets it up names the Applications', async () => {
    expect((await committed()).engine).toEqual({ name: 'the Application of Argo CD for clusters/prod/instances/team-a/alice' });
    await withFlux();
    expect((await committed()).engine).toEqual({ name: KUSTOMIZATION, said: 'it is not in the cluster' });
  });

  it.each([
    ['fleet-alice:apps/StatefulSet:team-a/alice', 'Application fleet-alice in namespace argocd'],
    ['team_fleet-alice:apps/StatefulSet:team-a/alice', 'Application fleet-alice in namespace team'],
  ])('of Argo CD is known by what it applied: %s', async (tracking, name) => {
    const annotations = { 'argocd.argoproj.io/tracking-id': tracking };
    const metadata = { name: 'alice', namespace: 'team-a', labels: commonLabels('alice'), annotations };
    subject.api.seed({ apiVersion: 'v1', kind: 'Service', metadata });
    await subject.restart();
    subject.api.fail(new ApiError('no', 403, 'Forbidden'), ({ path }) => path.includes('applications'));
    expect((await committed()).engine).toEqual({ name });
  });

  it('is named where we may not read it', async () => {
    subject.api.fail(new ApiError('no', 403, 'Forbidden'), ({ path }) => path.includes('applications'));
    expect((await committed()).engine).toEqual({ name: APPLICATION });
  });

  it('is read no more often than twice a minute, and anew after that', async () => {
    argo({});
    await committed();
    for (let pass = 0; pass < 5; pass += 1) await subject.publish();
    expect(reads()).toBe(1);
    await subject.clock.advance(30_000);
    await subject.publish();
    expect(reads()).toBe(2);
  });

  it('of Argo CD that was not there at the first look is known by its name soon after', async () => {
    await committed();
    argo({});
    await subject.clock.advance(2000);
    expect((await subject.publish()).engine).toEqual({ name: APPLICATION });
  });

  it('is not asked while nothing is committed', async () => {
    await subject.publish();
    expect([(await subject.publish()).engine, reads()]).toEqual([undefined, 0]);
  });
});

it('T-S7 the engine of a tombstone that is committed is named, until the objects are gone', async () => {
  subject.scripted.published = ['team-a/alice'];
  expect((await subject.delivery.unpublish(published, false)).engine).toBeUndefined();
  await subject.scripted.answer(COMMITTED);
  argo({});
  expect(await subject.delivery.unpublish(published, false)).toMatchObject({ state: 'pending', engine: { name: APPLICATION } });
  expect((await subject.delivery.unpublish(published, true)).engine).toBeUndefined();
});

const failure = async () => (await subject.delivery.retire(published)).failure;

describe('an instance that leaves its engine', () => {
  it.each([
    ['in the foreground, which is what Argo CD means without more', 'resources-finalizer.argocd.argoproj.io'],
    ['in the background', 'resources-finalizer.argocd.argoproj.io/background'],
  ])('waits for an Application that would delete it: %s', async (_how, finalizer) => {
    subject.scripted.published = ['team-a/alice'];
    const live = argo({});
    subject.api.edit('Application', live.metadata.name, { metadata: { finalizers: [finalizer] } }, 'kubectl-edit', 'argocd');
    expect(await failure()).toMatchObject({ code: 'ENGINE-DELETES', message: expect.stringContaining(APPLICATION) });
    expect(subject.scripted.asked).toEqual([]);
    subject.api.edit('Application', live.metadata.name, { metadata: { finalizers: null } }, 'kubectl-edit', 'argocd');
    expect(await failure()).toBeUndefined();
    expect(subject.scripted.asked).toEqual(['remove team-a/alice']);
  });

  it.each([
    ['that is not there', undefined],
    ['that only runs hooks after its own end', ['post-delete-finalizer.argocd.argoproj.io']],
    ['that keeps what it applied', []],
  ])('waits for no Application %s', async (_what, finalizers) => {
    subject.scripted.published = ['team-a/alice'];
    if (finalizers) {
      const { metadata } = argo({});
      subject.api.edit('Application', metadata.name, { metadata: { finalizers } }, 'kubectl-edit', 'argocd');
    }
    expect(await failure()).toBeUndefined();
    expect(subject.scripted.asked).toEqual(['remove team-a/alice']);
  });

  it.each([
    ['MirrorPrune by itself, which prunes', { prune: true }, true],
    ['MirrorPrune that prunes nothing', { prune: false }, false],
    ['Delete', { prune: false, deletionPolicy: 'Delete' }, true],
    ['Orphan', { prune: true, deletionPolicy: 'Orphan' }, false],
  ])('asks a Kustomization for its policy: %s', async (_what, spec, deletes) => {
    await withFlux();
    subject.scripted.published = ['team-a/alice'];
    const { metadata } = flux();
    subject.api.edit('Kustomization', metadata.name, { spec }, 'kubectl-edit', 'flux-system');
    expect((await failure())?.code).toBe(deletes ? 'ENGINE-DELETES' : undefined);
  });

  it('goes where its engine may not be read', async () => {
    subject.scripted.published = ['team-a/alice'];
    subject.api.fail(new ApiError('no', 403, 'Forbidden'), ({ path }) => path.includes('applications'));
    expect(await failure()).toBeUndefined();
  });
});
