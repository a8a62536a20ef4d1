import { withSpec } from '../../builders';
import { ONE, TWO, committed, failing, inGit, outlineOf, pending, running } from './in-git';
import { conditionText, eventTexts } from './small-cluster';

const change = (hash: string) => ({ git: { ...committed(ONE).git, plan: { hash, risks: [], lines: [] } } });

test('the hash of the last change stays until another one is committed', () => {
  const cluster = running();
  expect(cluster.pass(change('sha256:1')).status.git?.plan).toBe('sha256:1');
  expect(cluster.pass(committed(ONE)).status.git?.plan).toBe('sha256:1');
  expect(cluster.pass(change('sha256:2')).status.git?.plan).toBe('sha256:2');
});

test('the hash of a change that was given up goes with it: there is nothing to approve', () => {
  const waiting = failing({ code: 'AWAITING-APPROVAL', message: 'it waits', remedy: 'approve it' }, TWO);
  const plan = { hash: 'sha256:9', risks: [], lines: [] };
  const cluster = running().edit(withSpec({ image: { tag: '2026.9.7' } }));
  const hashAfter = (outcome: Parameters<typeof cluster.pass>[0]): string | undefined => cluster.pass(outcome).status.git?.plan;
  expect(hashAfter({ git: { ...waiting.git, plan } })).toBe('sha256:9');
  // Asked for once more, it is the same one.
  expect([hashAfter(pending(TWO)), hashAfter({ git: { ...waiting.git, plan } })]).toEqual(['sha256:9', 'sha256:9']);
  // Put back elsewhere than in the spec, as in a ConfigMap: the branch has it already.
  expect([hashAfter(pending(ONE)), hashAfter(committed(ONE))]).toEqual(['sha256:9', undefined]);
  expect(hashAfter({ git: { ...waiting.git, plan } })).toBe('sha256:9');
  cluster.edit(withSpec({ image: { tag: '2026.9.6' } }));
  expect([hashAfter(pending(ONE)), hashAfter(committed(ONE))]).toEqual([undefined, undefined]);
});

describe('the hash of a change that waits, while Git is away', () => {
  const plan = { hash: 'sha256:9', risks: [], lines: [] };
  const waiting = { git: { ...failing({ code: 'AWAITING-APPROVAL', message: 'it waits', remedy: 'approve it' }, TWO).git, plan } };
  const away = failing({ code: 'GIT-UNREACHABLE', message: 'nobody answers', stalled: false }, TWO);

  test('stays as it is', () => {
    const cluster = running().edit(withSpec({ image: { tag: '2026.9.7' } }));
    expect([waiting, away, pending(TWO), waiting].map((outcome) => cluster.pass(outcome).status.git?.plan)).toEqual(
      Array.from({ length: 4 }, () => 'sha256:9'),
    );
  });

  test('goes with the change, should that be given up meanwhile', () => {
    const cluster = running().edit(withSpec({ image: { tag: '2026.9.7' } }));
    for (const outcome of [waiting, away]) cluster.pass(outcome);
    expect(cluster.pass(committed(ONE)).status.git?.plan).toBeUndefined();
    for (const outcome of [waiting, away]) cluster.edit(withSpec({ image: { tag: '2026.9.8' } })).pass(outcome);
    cluster.edit(withSpec({ image: { tag: '2026.9.6' } }));
    expect(cluster.pass(pending(ONE)).status.git?.plan).toBeUndefined();
  });

  test('of one that was committed long ago stays, too', () => {
    const cluster = running();
    const hashes = [change('sha256:1'), failing({ code: 'GIT-UNREACHABLE', stalled: false }), committed(ONE)];
    expect(hashes.map((outcome) => cluster.pass(outcome).status.git?.plan)).toEqual(['sha256:1', 'sha256:1', 'sha256:1']);
  });

  test('makes room for that of another change that fails', () => {
    const cluster = running().edit(withSpec({ image: { tag: '2026.9.7' } }));
    cluster.pass(waiting);
    expect(cluster.pass({ git: { ...away.git, plan: { ...plan, hash: 'sha256:8' } } }).status.git?.plan).toBe('sha256:8');
  });
});

describe('a change that waits to be merged', () => {
  const pullRequest = { branch: 'openclaw/prod/team-a.alice', url: 'https://forge.example.com/1', state: 'open' } as const;
  const plan = { hash: 'sha256:9', risks: [], lines: [] };
  const open = failing({ code: 'PULL-REQUEST-OPEN', message: 'https://forge.example.com/1 is to be merged', remedy: 'merge it' }, TWO);
  const waiting = { git: { ...open.git, pullRequest, plan } } as const;

  test('is not committed, and says whom it waits for; the release of before serves on', () => {
    const cluster = running().edit(withSpec({ image: { tag: '2026.9.7' } }));
    const pass = cluster.pass(waiting);
    expect(outlineOf(pass)).toBe('Provisioning, False WaitingForMerge, False PullRequestOpen, False HeldInGit');
    expect(pass.status.git).toMatchObject({ pullRequest, plan: 'sha256:9', tree: 't1', commit: 'c1' });
    expect(eventTexts(pass)).toEqual([
      'Normal PullRequestOpen: PULL-REQUEST-OPEN: https://forge.example.com/1 is to be merged; to do: merge it',
    ]);
    // A look at it is no news.
    expect(cluster.pass(pending(TWO)).isWritten).toBe(false);
    const merged = cluster.pass(committed(TWO, 't2', 'c2'));
    expect([conditionText(merged, 'Committed'), merged.status.git?.pullRequest]).toEqual(['True Committed', undefined]);
  });

  test('binds a new instance to Git: there is a branch of it', () => {
    const pass = inGit().pass(waiting);
    expect([pass.status.delivery, pass.status.git?.pullRequest?.state]).toEqual(['git', 'open']);
  });
});

test('a change that waits for an approval is no fault: the release of before serves on', () => {
  const pass = running().pass(failing({ code: 'AWAITING-APPROVAL', message: 'it waits', remedy: 'approve it' }, TWO));
  expect(outlineOf(pass)).toBe('Provisioning, False WaitingForApproval, False AwaitingApproval, False HeldInGit');
  expect(eventTexts(pass)).toEqual(['Normal AwaitingApproval: AWAITING-APPROVAL: it waits; to do: approve it']);
});
