import { withMistake, withSpec } from '../../builders';
import { ONE, TWO, committed, failing, inGit, outlineOf, pending, running } from './in-git';
import { SmallCluster, conditionText, eventTexts, messageOf } from './small-cluster';

const outage = failing({
  code: 'GIT-UNREACHABLE',
  message: 'connection refused',
  remedy: 'nothing, if the server comes back',
  stalled: false,
});

test('from a commit to pods that serve it', () => {
  const cluster = inGit();
  expect(outlineOf(cluster.pass(pending(ONE)))).toBe('Pending, False CommitPending, False CommitPending, False NotApplied');
  expect(outlineOf(cluster.pass(committed(ONE)))).toBe('Pending, False NotApplied, True Committed, False NotApplied');
  cluster.deploy(ONE);
  expect(outlineOf(cluster.pass(committed(ONE)))).toBe('Provisioning, False StatefulSetNotReady, True Committed, True Applied');
  expect(outlineOf(cluster.bindClaims().pods(1).pass(committed(ONE)))).toBe(
    'Running, True ReconcileSucceeded, True Committed, True Applied',
  );
});

test('pods of the release before are not Ready for the new one', () => {
  const cluster = running().edit(withSpec({ image: { tag: '2026.9.7' } }));
  expect(outlineOf(cluster.pass(pending(TWO)))).toBe('Provisioning, False CommitPending, False CommitPending, False NotApplied');
  const next = cluster.pass(committed(TWO, 't2', 'c2'));
  expect(outlineOf(next)).toBe('Provisioning, False NotApplied, True Committed, False NotApplied');
  expect(messageOf(next, 'Applied')).toBe(`the cluster has release ${ONE}; Flux or Argo CD has to apply ${TWO}`);
});

test('T-A5 a publisher that merely looks again changes nothing: no write, no event', () => {
  const cluster = running();
  const pass = cluster.pass(pending(ONE));
  expect(outlineOf(pass)).toBe('Running, True ReconcileSucceeded, True Committed, True Applied');
  expect([pass.isWritten, pass.events]).toEqual([false, []]);
});

test('a revoked credential on a running instance degrades it and names the cure', () => {
  const pass = running().pass(failing({}));
  expect(outlineOf(pass)).toBe('Degraded, True ReconcileSucceededDegraded, False GitAuth, True Applied');
  expect(messageOf(pass, 'Committed')).toBe('GIT-AUTH: authentication failed; to do: renew the credential');
});

test('a refused commit of a changed spec is a failure; the pods of before serve on', () => {
  const cluster = running().edit(withSpec({ image: { tag: '2026.9.7' } }));
  const pass = cluster.pass(failing({ code: 'SECRET-FOUND', message: 'config.yaml /data: token' }, TWO));
  expect(outlineOf(pass)).toBe('Degraded, False CommitFailed, False SecretFound, False NotApplied');
  expect(eventTexts(pass)).toEqual(['Warning SecretFound: SECRET-FOUND: config.yaml /data: token; to do: renew the credential']);
});

test('a new instance that cannot be committed has failed', () => {
  expect(outlineOf(inGit().pass(failing({})))).toBe('Failed, False CommitFailed, False GitAuth, False NotApplied');
});

test('an outage leaves a running instance Running', () => {
  expect(outlineOf(running().pass(outage))).toBe('Running, True ReconcileSucceeded, Unknown GitUnreachable, True Applied');
});

test('an outage keeps a new instance waiting, not failed', () => {
  expect(outlineOf(inGit().pass(outage))).toBe('Pending, False CommitPending, Unknown GitUnreachable, False NotApplied');
});

test('T-A10 an error is told once, however often it is tried again', () => {
  const cluster = inGit();
  const told = [failing({}), pending(ONE), failing({}), pending(ONE), failing({})].map((options) => eventTexts(cluster.pass(options)));
  expect(told.map((events) => events.filter((text) => text.includes('GitAuth')).length)).toEqual([1, 0, 0, 0, 0]);
});

test('an error of an older generation says nothing of the new one', () => {
  const cluster = inGit();
  cluster.pass(failing({}));
  cluster.edit(withSpec({ image: { tag: '2026.9.7' } }));
  expect(conditionText(cluster.pass(pending(TWO)), 'Committed')).toBe('False CommitPending');
});

test('what runs before the publisher has spoken is Ready', () => {
  const cluster = inGit();
  cluster.pass(pending(ONE));
  cluster.deploy(ONE).bindClaims().pods(1);
  expect(outlineOf(cluster.pass(pending(ONE)))).toBe('Running, True ReconcileSucceeded, False CommitPending, True Applied');
});

test('each commit is told, and the release that runs', () => {
  const cluster = running();
  expect(eventTexts(cluster.pass(committed(ONE, 't2', 'c2')))).toEqual([
    'Normal Committed: clusters/prod/instances/team-a/alice at main: tree t2, commit c2',
  ]);
  cluster.deploy(TWO).pods(1);
  expect(eventTexts(cluster.pass(committed(TWO, 't2', 'c2')))).toEqual([`Normal Applied: release ${TWO} runs`]);
});

test('no release could be made: nothing is known of a digest', () => {
  const { digest: _, ...git } = failing({ code: 'FILE-COLLISION', message: 'two objects, one file' }).git;
  expect(outlineOf(inGit().pass({ git }))).toBe('Failed, False CommitFailed, False FileCollision, Unknown NoRelease');
});

test('an object that is deleted by hand is told until the engine brings it back', () => {
  const cluster = running();
  cluster.objects.delete('NetworkPolicy/alice');
  const pass = cluster.pass(committed(ONE));
  expect(outlineOf(pass)).toBe('Degraded, True ReconcileSucceededDegraded, True Committed, True Applied');
  expect(messageOf(pass, 'NetworkPolicyReady')).toBe('not in the cluster: NetworkPolicy alice');
});

const ENGINE = { name: 'Application openclaw.prod.team-a.alice in namespace argocd' };
const IMAGE = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'team-a', name: 'alice', fields: ['.spec.template.spec.image'] };
const SERVICE = { apiVersion: 'v1', kind: 'Service', namespace: 'team-a', name: 'alice', fields: [] };
const drifted = (...drift: readonly (typeof IMAGE)[]) => ({ git: { ...committed(ONE).git, engine: ENGINE, drift } });

test('T-S6 what somebody changed under a release that runs is told with its paths and the engine; the pods serve on', () => {
  const cluster = running();
  const pass = cluster.pass(drifted(IMAGE, SERVICE));
  expect(outlineOf(pass)).toBe('Degraded, True ReconcileSucceededDegraded, True Committed, False ChangedByOthers');
  expect(messageOf(pass, 'Applied')).toBe(
    `release ${ONE} runs, but not as committed: StatefulSet alice has another .spec.template.spec.image; Service alice is missing; ` +
      'Application openclaw.prod.team-a.alice in namespace argocd has to put that right',
  );
  expect(outlineOf(cluster.pass(committed(ONE)))).toBe('Running, True ReconcileSucceeded, True Committed, True Applied');
});

test('T-S6 each change by others is an event, once, and so is its end', () => {
  const cluster = running();
  const told = [drifted(IMAGE), drifted(IMAGE), drifted(IMAGE, SERVICE), committed(ONE), committed(ONE)].map((git) =>
    eventTexts(cluster.pass(git)).map((text) => text.slice(0, text.indexOf(':'))),
  );
  const end = ['Normal Applied', 'Normal ReconcileSucceeded'];
  expect(told).toEqual([['Warning ChangedByOthers'], [], ['Warning ChangedByOthers'], end, []]);
});

test('a release that was never whole in the cluster is being applied, and nobody has changed it', () => {
  const cluster = inGit();
  cluster.pass(committed(ONE));
  const pass = cluster.deploy(ONE).bindClaims().pods(1).pass(drifted(SERVICE));
  expect(outlineOf(pass)).toBe('Provisioning, False NotApplied, True Committed, False NotApplied');
  expect(messageOf(pass, 'Applied')).toMatch(/^release sha256:1+ is in the cluster, but not whole: Service alice is missing; /);
});

test('a list of changes keeps to what an event holds', () => {
  const many = Array.from({ length: 200 }, (_, index) => ({
    ...IMAGE,
    name: `alice-${index}`,
    fields: Array.from({ length: 50 }, (_none, at) => `.spec.f${at}`),
  }));
  const message = messageOf(running().pass(drifted(...many)), 'Applied') ?? '';
  expect(message.length).toBeLessThan(1024);
  expect(message).toContain('more; Application openclaw.prod.team-a.alice in namespace argocd has to put that right');
});

test('an invalid spec keeps the last word about Git', () => {
  const cluster = running().edit(withMistake({ image: { pullPolicy: 'Sometimes' } }));
  const pass = cluster.pass();
  expect(outlineOf(pass)).toBe('Degraded, False InvalidSpec, True Committed, True Applied');
  expect(pass.status.conditions?.find(({ type }) => type === 'Committed')?.observedGeneration).toBe(1);
  expect(pass.status.git?.commit).toBe('c1');
});

test('a pass that fails before Git leaves a running instance as it is', () => {
  const failure = { reason: 'ECONNRESET', message: 'connection reset', transient: true };
  const pass = running().pass({ outcome: { failures: [{ step: 'finalizer', failure }] } });
  expect(outlineOf(pass)).toBe('Running, True ReconcileSucceeded, True Committed, True Applied');
});

test('a removal that Git has not taken yet is told; the release is no longer asked for', () => {
  const cluster = running();
  cluster.deletionTimestamp = '2026-03-01T09:00:00Z';
  const pass = cluster.pass({ git: { state: 'pending' } });
  expect(outlineOf(pass)).toBe('Terminating, False Terminating, False CommitPending, off');
  expect(messageOf(pass, 'Ready')).toBe(
    'the instance is being deleted; the removal is to be committed to clusters/prod/instances/team-a/alice',
  );
  const stuck = cluster.pass({ git: failing({}).git });
  expect(outlineOf(stuck)).toBe('Terminating, False Terminating, False GitAuth, off');
  expect(messageOf(stuck, 'Ready')).toMatch(/; GIT-AUTH: authentication failed; to do: renew the credential$/);
  expect(stuck.events.map(({ reason }) => reason)).toEqual(['GitAuth']);
});

describe('a change of somebody else in the repository', () => {
  const held = failing({ code: 'HELD-REVERT', message: 'commit 6b1f by Jane brings back an earlier state', remedy: 'revert that' }, TWO);

  test('that is held is a condition and one event; the pods that it brought back serve', () => {
    const cluster = running();
    const pass = cluster.pass(held);
    expect(outlineOf(pass)).toBe('Degraded, False HeldInGit, False HeldRevert, False HeldInGit');
    expect(messageOf(pass, 'Ready')).toBe('HELD-REVERT: commit 6b1f by Jane brings back an earlier state; to do: revert that');
    expect(pass.events.map(({ reason }) => reason)).toEqual(['HeldRevert']);
    // The next try is under way: nothing flickers.
    const again = cluster.pass(pending(TWO));
    expect([outlineOf(again), again.events]).toEqual([outlineOf(pass), []]);
    expect(cluster.pass(held).isWritten).toBe(false);
  });

  test('that was written over is told once, with both commits', () => {
    const cluster = running();
    const over = { git: { ...committed(ONE, 't2', 'c2').git, replaced: { commit: 'f1', author: 'Jane' } } };
    expect(eventTexts(cluster.pass(over))).toContain(
      'Warning ForeignChangeReplaced: commit f1 by Jane changed the directory; commit c2 writes over it',
    );
    expect(cluster.pass(over).events).toEqual([]);
  });
});

test('status.git: no credentials, and what was committed stays until the next commit is there', () => {
  const cluster = inGit();
  const first = cluster.pass({ git: { ...committed(ONE).git, repository: 'https://bot:hunter22@git.example.com/fleet' } });
  expect(first.status.git).toEqual({
    repository: 'https://git.example.com/fleet',
    branch: 'main',
    path: 'clusters/prod/instances/team-a/alice',
    tree: 't1',
    commit: 'c1',
    generation: 1,
  });
  expect(first.status.delivery).toBe('git');
  expect(cluster.edit(withSpec({ suspended: true })).pass(pending(TWO)).status.git).toMatchObject({
    tree: 't1',
    commit: 'c1',
    generation: 1,
  });
  expect(cluster.pass(committed(TWO, 't2', 'c2')).status.git).toMatchObject({ tree: 't2', commit: 'c2', generation: 2 });
  const moved = cluster.pass({ git: { ...pending(TWO).git, branch: 'next' } });
  expect(moved.status.git).toEqual(expect.not.objectContaining({ tree: expect.anything() }));
});

test('T90 an instance delivered by apply has nothing of Git in its status', () => {
  const { status } = new SmallCluster().run().pass();
  expect(status.git).toBeUndefined();
  expect(status.conditions?.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['Committed']));
});

describe('T-T11 the choice of a delivery', () => {
  const outcome = {
    failures: [{ step: 'delivery', failure: { reason: 'GitNotConfigured', message: 'no repository', transient: false } }],
  };

  test('is not recorded while there is no repository, so it can be changed back', () => {
    const cluster = inGit();
    expect(cluster.pass({ outcome }).status.delivery).toBeUndefined();
    cluster.delivery = 'apply';
    const pass = cluster.pass();
    expect([pass.plan.delivery, pass.plan.hold, pass.status.delivery]).toEqual(['apply', undefined, 'apply']);
  });

  test('is not recorded while a repository refuses everything; an answer that was lost binds', () => {
    expect(inGit().pass(failing({})).status.delivery).toBeUndefined();
    expect(inGit().pass(outage).status.delivery).toBe('git');
    const cluster = inGit();
    expect([cluster.pass(pending(ONE)).status.delivery, cluster.pass(failing({})).status.delivery]).toEqual(['git', undefined]);
  });

  test('stays with the first commit, whatever fails afterwards', () => {
    const cluster = running();
    expect([cluster.pass(failing({})).status.delivery, cluster.pass({ outcome }).status.delivery]).toEqual(['git', 'git']);
  });

  test('by apply is recorded with the first object, not with a refusal', () => {
    const cluster = new SmallCluster();
    const failure = { reason: 'Forbidden', status: 403, message: 'no', transient: false };
    const refused = Object.fromEntries(
      cluster
        .pass({ outcome: { objects: [] } })
        .plan.manifests.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, { action: 'failed' as const, failure }]),
    );
    expect(cluster.pass({ results: refused }).status.delivery).toBeUndefined();
    expect(cluster.pass().status.delivery).toBe('apply');
  });
});

describe('T-S7 an engine that keeps an instance waiting', () => {
  const engine = { name: 'Application openclaw.team-a.alice in namespace argocd', said: 'not permitted in project fleet' };

  test('is named with its words while the release does not come', () => {
    const pass = inGit().pass({ git: { ...committed(ONE).git, engine } });
    expect(messageOf(pass, 'Applied')).toBe(
      `release ${ONE} is not in the cluster: ${engine.name} has to apply it; it says: not permitted in project fleet`,
    );
    expect(messageOf(pass, 'Ready')).toBe(messageOf(pass, 'Applied'));
  });

  test('is named while a deletion waits, with what is left, and as no commit that is missing', () => {
    const cluster = running();
    cluster.deletionTimestamp = '2026-03-01T09:00:00Z';
    const pending1 = cluster.pass({ git: { state: 'pending' } });
    expect(messageOf(pending1, 'Ready')).toContain('the removal is to be committed');
    const waiting = cluster.pass({ git: { state: 'pending', engine } });
    expect(messageOf(waiting, 'Committed')).toMatch(
      /^the removal is committed; Application openclaw\.team-a\.alice in namespace argocd has yet to remove ServiceAccount alice, .*StatefulSet alice.*; it says: not permitted/,
    );
    expect(messageOf(waiting, 'Committed')).not.toContain('PersistentVolumeClaim');
    expect(messageOf(waiting, 'Ready')).toContain('has yet to remove');
    expect([conditionText(waiting, 'Ready'), eventTexts(waiting)]).toEqual(['False Terminating', []]);
  });
});

const signing = (isSigned: boolean, key = 'ssh-ed25519 AAAA') => ({ key, fingerprint: `SHA256:${key.slice(-4)}`, isSigned });
const outcome = (state: 'pending' | 'committed', given: ReturnType<typeof signing>, commit = 'c1') =>
  ({ git: { state, digest: ONE, signing: given, ...(state === 'committed' && { tree: 't1', commit }) } }) as const;

describe('CommitsSigned', () => {
  test('C39 an existing set-up is told the key before the first signed commit', () => {
    const cluster = running();
    const told = cluster.pass(outcome('pending', signing(false)));
    expect(conditionText(told, 'CommitsSigned')).toBe('Unknown NextIsSigned');
    expect(messageOf(told, 'CommitsSigned')).toBe(
      'commit c1 is not signed by this key; the next one will be signed by SHA256:AAAA: its public key is ssh-ed25519 AAAA',
    );
    expect(told.status.git?.signingKey).toBeUndefined();
  });

  test('it names the commit that is signed, and stays while the same commit is told of again', () => {
    const cluster = running();
    const signed = cluster.pass(outcome('committed', signing(true), 'c2'));
    expect(messageOf(signed, 'CommitsSigned')).toBe('commit c2 is signed by SHA256:AAAA');
    expect(signed.status.git?.signingKey).toBe('ssh-ed25519 AAAA');
    expect(cluster.pass(outcome('committed', signing(false), 'c2')).status.git?.signingKey).toBe('ssh-ed25519 AAAA');
    const foreign = cluster.pass(outcome('committed', signing(false), 'c3'));
    expect([foreign.status.git?.signingKey, conditionText(foreign, 'CommitsSigned')]).toEqual([undefined, 'Unknown NextIsSigned']);
  });

  test('a new key is told before it signs', () => {
    const cluster = running();
    cluster.pass(outcome('committed', signing(true), 'c2'));
    expect(conditionText(cluster.pass(outcome('committed', signing(false, 'ssh-ed25519 BBBB'), 'c2')), 'CommitsSigned')).toBe(
      'Unknown NextIsSigned',
    );
  });

  test('where nothing is signed nothing is said of it', () => {
    expect(conditionText(running().pass(committed(ONE)), 'CommitsSigned')).toBe(
      conditionText(running().pass(committed(ONE)), 'NoSuchCondition'),
    );
  });
});
