import { withMistake, withSpec } from '../../builders';
import { type Pass, SmallCluster, conditionText, eventTexts } from './small-cluster';

/** What a person sees of an instance over time: a line for each step, its events below. */
class Story {
  public readonly lines: string[] = [];

  public tell(step: string, pass: Pass): void {
    const { phase, observedGeneration, lastReconcileTime } = pass.status;
    const written = pass.isWritten ? '' : ' (no write)';
    this.lines.push(
      `${step}: ${phase}, ${conditionText(pass, 'Ready')}, generation ${observedGeneration} at ${lastReconcileTime?.slice(11, 19) ?? 'never'}${written}`,
    );
    for (const text of eventTexts(pass)) this.lines.push(`  ${text}`);
  }
}

test('T-A10 a life: created, running, broken, mended, suspended, resumed, a Secret short, deleted', () => {
  const story = new Story();
  const alice = new SmallCluster(withSpec({ envFrom: [{ secretRef: { name: 'keys' } }] })).addSecret('keys', 'API_KEY');
  story.tell('created', alice.pass());
  story.tell('looked at again', alice.wait(1).pass());
  story.tell('claim bound', alice.wait(5).bindClaims().pass());
  story.tell('pod ready', alice.wait(30).pods(1).pass());
  story.tell('an hour later', alice.wait(3600).pass());

  alice.wait(10).edit(withMistake({ image: { pullPolicy: 'Sometimes' } }));
  story.tell('spec broken', alice.pass());
  story.tell('looked at again', alice.wait(300).pass());
  alice.wait(10).edit(withSpec({ image: { pullPolicy: 'Always' } }));
  story.tell('spec mended', alice.pass());
  story.tell('pod ready', alice.wait(30).pods(1).pass());

  alice.wait(10).edit(withSpec({ suspended: true }));
  story.tell('suspended', alice.pass());
  story.tell('pod gone', alice.wait(20).pods(0).pass());
  alice.wait(10).edit(withSpec({ suspended: false }));
  story.tell('resumed', alice.pass());
  story.tell('pod ready', alice.wait(30).pods(1).pass());

  alice.wait(10).secrets.delete('keys');
  story.tell('Secret removed', alice.pass());
  story.tell('looked at again', alice.wait(300).pass());
  story.tell('Secret back, the pod was never touched', alice.wait(10).addSecret('keys', 'API_KEY').pass());

  alice.deletionTimestamp = '2026-03-01T10:00:00Z';
  story.tell('deleted', alice.wait(10).pass());
  expect(`\n${story.lines.join('\n')}\n`).toBe(LIFE);
});

const LIFE = `
created: Provisioning, False StatefulSetNotReady, generation 1 at 08:00:00
  Normal GatewayTokenCreated: made Secret alice-gateway-token
looked at again: Provisioning, False StatefulSetNotReady, generation 1 at 08:00:00 (no write)
claim bound: Provisioning, False StatefulSetNotReady, generation 1 at 08:00:06
pod ready: Running, True ReconcileSucceeded, generation 1 at 08:00:36
  Normal ReconcileSucceeded: everything that the spec asks for is in place
an hour later: Running, True ReconcileSucceeded, generation 1 at 08:00:36 (no write)
spec broken: Degraded, False InvalidSpec, generation 2 at 08:00:36
  Warning InvalidSpec: spec.image.pullPolicy: must be one of "Always", "IfNotPresent", "Never", not "Sometimes"
looked at again: Degraded, False InvalidSpec, generation 2 at 08:00:36 (no write)
spec mended: Provisioning, False StatefulSetNotReady, generation 3 at 09:05:56
pod ready: Running, True ReconcileSucceeded, generation 3 at 09:06:26
  Normal ReconcileSucceeded: everything that the spec asks for is in place
suspended: Suspended, False Suspended, generation 4 at 09:06:36
  Normal Suspended: spec.suspended is set: no pod runs and the data is kept
pod gone: Suspended, False Suspended, generation 4 at 09:06:56
resumed: Provisioning, False StatefulSetNotReady, generation 5 at 09:07:06
pod ready: Running, True ReconcileSucceeded, generation 5 at 09:07:36
  Normal ReconcileSucceeded: everything that the spec asks for is in place
Secret removed: Degraded, True ReconcileSucceededDegraded, generation 5 at 09:07:46
  Warning SecretNotFound: not found: keys (environment of the agent)
  Warning ReconcileSucceededDegraded: SecretsReady: not found: keys (environment of the agent)
looked at again: Degraded, True ReconcileSucceededDegraded, generation 5 at 09:07:46 (no write)
Secret back, the pod was never touched: Running, True ReconcileSucceeded, generation 5 at 09:12:56
  Normal ReconcileSucceeded: everything that the spec asks for is in place
deleted: Terminating, False Terminating, generation 5 at 09:13:06
  Normal Terminating: the instance is being deleted
`;

function at(state: 'pending' | 'committed', digest: string, commit: string) {
  return { git: { state, digest, tree: `tree of ${commit}`, commit } };
}

test('T-A10 a life by Git: committed, applied, refused, mended, handed over again', () => {
  const story = new Story();
  const [one, two] = ['sha256:1', 'sha256:2'];
  const alice = new SmallCluster();
  alice.delivery = 'git';
  story.tell('created', alice.pass({ git: { state: 'pending', digest: one } }));
  story.tell('committed', alice.wait(3).pass(at('committed', one, 'c1')));
  story.tell(
    'applied by the engine',
    alice
      .wait(60)
      .deploy(one)
      .bindClaims()
      .pass(at('committed', one, 'c1')),
  );
  story.tell(
    'pod ready',
    alice
      .wait(30)
      .pods(1)
      .pass(at('committed', one, 'c1')),
  );
  story.tell('looked at again', alice.wait(300).pass(at('pending', one, 'c1')));

  alice.wait(10).edit(withSpec({ image: { tag: '2026.9.7' } }));
  story.tell('edited', alice.pass({ git: { state: 'pending', digest: two } }));
  const failure = { code: 'GIT-PROTECTED', message: 'main is protected', remedy: 'let the writer push', stalled: true };
  story.tell('push refused', alice.wait(3).pass({ git: { state: 'pending', digest: two, failure } }));
  story.tell('tried again', alice.wait(300).pass({ git: { state: 'pending', digest: two, failure } }));
  story.tell('push allowed', alice.wait(300).pass(at('committed', two, 'c2')));
  story.tell(
    'applied by the engine',
    alice
      .wait(60)
      .deploy(two)
      .pass(at('committed', two, 'c2')),
  );
  story.tell(
    'pod ready',
    alice
      .wait(30)
      .pods(1)
      .pass(at('committed', two, 'c2')),
  );

  alice.deletionTimestamp = '2026-03-01T10:00:00Z';
  story.tell('deleted', alice.wait(10).pass({ git: { state: 'pending' } }));
  story.tell('removal committed', alice.wait(10).pass({ git: { state: 'committed', tree: 'tree of c3', commit: 'c3' } }));
  expect(`\n${story.lines.join('\n')}\n`).toBe(LIFE_BY_GIT);
});

const LIFE_BY_GIT = `
created: Pending, False CommitPending, generation 1 at 08:00:00
  Normal GatewayTokenCreated: made Secret alice-gateway-token
committed: Pending, False NotApplied, generation 1 at 08:00:03
  Normal Committed: clusters/prod/instances/team-a/alice at main: tree tree of c1, commit c1
applied by the engine: Provisioning, False StatefulSetNotReady, generation 1 at 08:01:03
  Normal Applied: release sha256:1 runs
pod ready: Running, True ReconcileSucceeded, generation 1 at 08:01:33
  Normal ReconcileSucceeded: everything that the spec asks for is in place
looked at again: Running, True ReconcileSucceeded, generation 1 at 08:01:33 (no write)
edited: Provisioning, False CommitPending, generation 2 at 08:06:43
push refused: Degraded, False CommitFailed, generation 2 at 08:06:43
  Warning GitProtected: GIT-PROTECTED: main is protected; to do: let the writer push
tried again: Degraded, False CommitFailed, generation 2 at 08:06:43 (no write)
push allowed: Provisioning, False NotApplied, generation 2 at 08:16:46
  Normal Committed: clusters/prod/instances/team-a/alice at main: tree tree of c2, commit c2
applied by the engine: Provisioning, False StatefulSetNotReady, generation 2 at 08:17:46
  Normal Applied: release sha256:2 runs
pod ready: Running, True ReconcileSucceeded, generation 2 at 08:18:16
  Normal ReconcileSucceeded: everything that the spec asks for is in place
deleted: Terminating, False Terminating, generation 2 at 08:18:26
  Normal Terminating: the instance is being deleted; the removal is to be committed to clusters/prod/instances/team-a/alice
removal committed: Terminating, False Terminating, generation 2 at 08:18:36
  Normal Committed: clusters/prod/instances/team-a/alice at main: tree tree of c3, commit c3
`;
