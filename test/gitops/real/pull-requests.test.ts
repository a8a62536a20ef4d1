import { forgeOf } from '../../../gitops/forge/forges';
import { gitLabPushOptions } from '../../../gitops/forge/gitlab';
import type { Forge, PushOptions } from '../../../gitops/forge/pull-request';
import { tombstone } from '../../../gitops/layout/layout';
import { changeIn } from '../../../gitops/propose/text';
import type { PublishFailure, PublishRequest, PublishResult } from '../../../gitops/publish/publish';
import type { Publisher } from '../../../gitops/publish/publisher';
import { withEnv } from '../../builders';
import { OPTIONS, OWNER } from '../layouts';
import { FakeForge } from '../forge/fake-forge';
import { type BareRepository, bareRepository } from './bare';
import { type Proposing, aProposer } from './proposing';
import { aRequest, told } from './publishing';

const BRANCH = 'openclaw/prod-eu/team-a.alice';
const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';

let remote: BareRepository;
let server: FakeForge;
const open: Publisher[] = [];

beforeEach(async () => {
  remote = bareRepository();
  remote.commitEntries([`100644 blob ${remote.writeBlob('hello\n')}\tREADME.md`]);
  server = await FakeForge.start('github');
});
afterEach(async () => {
  for (const publisher of open.splice(0)) await publisher.close();
  await server.stop();
  remote.remove();
});

const github = (): Forge =>
  forgeOf({ kind: 'github', repository: 'https://git.example.com/platform/fleet', base: 'main', url: server.url });

function proposer(more: Partial<Proposing> & { readonly forge?: Forge | PushOptions } = {}): Publisher {
  const publisher = aProposer({ remote: { url: remote.path, branch: 'main', allow: ['file'] }, forge: github(), ...more });
  open.push(publisher);
  return publisher;
}

const alice = (value?: string): PublishRequest => aRequest('alice', ...(value === undefined ? [] : [withEnv({ name: 'A', value })]));
const tip = (branch: string): string => remote.git('rev-parse', `refs/heads/${branch}`).trim();
const branches = (): string[] =>
  remote.git('for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads/openclaw').split('\n').filter(Boolean);
const message = (ref: string): string => remote.git('show', '--no-patch', '--format=%B', ref);

/** What a person does with a button: a merge commit, or one commit of theirs with the same content. */
function merge(branch: string, how: 'merge' | 'squash' = 'merge'): void {
  const [base, head] = [tip('main'), tip(branch)];
  const tree = remote.git('merge-tree', '--write-tree', base, head).trim();
  const parents = how === 'merge' ? ['-p', base, '-p', head] : ['-p', base];
  const text = how === 'merge' ? 'Merge pull request' : 'squashed (#1)';
  remote.git(
    'update-ref',
    'refs/heads/main',
    remote.git('-c', 'user.name=Jane', '-c', 'user.email=j@example.org', 'commit-tree', ...parents, '-m', text, tree).trim(),
  );
  server.set(branch, { state: 'merged' });
}

/** A commit of somebody else on the branch of the pull request. */
function byHand(): string {
  return remote.commitEntries([`100644 blob ${remote.writeBlob('x: 1\n')}\t${DIRECTORY}/extra.yaml`], BRANCH);
}

function grave(): PublishRequest {
  const { placement } = alice();
  return { placement, layout: tombstone(placement, OPTIONS), owner: OWNER };
}

/** What stands where, in a word each. */
function seen(result: PublishResult): unknown[] {
  return [told(result), ...(result.ok ? [] : [result.pullRequest?.state, result.pullRequest?.url])];
}

describe('a change of an instance', () => {
  it('is one commit on a branch of its own, with a pull request that says what it does', async () => {
    const publisher = proposer();
    const before = tip('main');
    const result = await publisher.publish(alice());
    expect(seen(result)).toEqual(['PULL-REQUEST-OPEN', 'open', 'https://forge.example.com/platform/fleet/pulls/1']);
    expect([tip('main'), branches(), tip(`${BRANCH}^`)]).toEqual([before, [BRANCH], before]);
    expect(server.pulls[0]).toMatchObject({ branch: BRANCH, base: 'main', title: 'openclaw(prod-eu): team-a/alice created' });
    const hash = result.ok ? '' : result.plan?.hash;
    expect(server.pulls[0]?.body).toContain(`Plan: \`${hash}\``);
    expect(message(BRANCH)).toContain(`\nOpenClaw-Plan: ${hash}\n`);
    expect(remote.files(BRANCH)).toContain('README.md');
  });

  it('of which no branch may bear the name has another one, and holds up nobody', async () => {
    const publisher = proposer();
    const named = (name: string): Promise<PublishResult> => publisher.publish(aRequest(name));
    const answers = await Promise.all(['lock', 'head', 'batch', 'alice'].map(named));
    expect(answers.map(told)).toEqual(Array(4).fill('PULL-REQUEST-OPEN'));
    const prefix = 'openclaw/prod-eu/team-a.';
    expect(branches()).toEqual([`${prefix}alice`, `${prefix}batch`, `${prefix}head`, `${prefix}lock_`]);
    merge(`${prefix}lock_`);
    expect(await named('lock')).toMatchObject({ ok: true, noop: true });
    expect(branches()).not.toContain(`${prefix}lock_`);
  });

  it.each([
    ['below its own', `${BRANCH}/x`, ['GIT-REJECTED', 'PULL-REQUEST-OPEN']],
    ['above all of ours', 'openclaw', ['GIT-REJECTED', 'GIT-REJECTED']],
  ])('in whose way a branch stands, %s, is told which, at once, and holds up nobody else', async (_where, way, expected) => {
    remote.git('update-ref', `refs/heads/${way}`, tip('main'));
    const publisher = proposer();
    const answers = await Promise.all(['alice', 'bob'].map((name) => publisher.publish(aRequest(name))));
    expect(answers.map(told)).toEqual(expected);
    const { error } = answers[0] as PublishFailure;
    expect([error.message.includes(`'refs/heads/${way}' exists`), error.remedy]).toEqual([
      true,
      expect.stringMatching(/^rename or delete/),
    ]);
  });

  it('costs nothing while nothing happens: no push, no request', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    const was = tip(BRANCH);
    server.taken();
    for (let pass = 0; pass < 3; pass += 1) {
      expect(told(await publisher.publish(alice()))).toBe('PULL-REQUEST-OPEN');
      expect(await publisher.moved()).toEqual([]);
    }
    expect([server.taken(), tip(BRANCH)]).toEqual([[], was]);
    // Who begins anew asks once, and finds all as it was.
    const again = proposer();
    const result = await again.publish(alice());
    expect([seen(result)[0], server.taken(), tip(BRANCH)]).toEqual(['PULL-REQUEST-OPEN', ['GET'], was]);
  });

  it('is written anew in place when the instance changes', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    const before = changeIn(server.pulls[0]!.body);
    await publisher.publish(alice('2'));
    expect([server.pulls.length, branches(), tip(`${BRANCH}^`)]).toEqual([1, [BRANCH], tip('main')]);
    expect(changeIn(server.pulls[0]!.body)).not.toBe(before);
  });

  it('stays as it is when the branch moves elsewhere, and is built anew where that matters', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    merge(BRANCH);
    await publisher.publish(alice());
    await publisher.publish(alice('2'));
    const was = tip(BRANCH);
    remote.commitEntries([`100644 blob ${remote.writeBlob('new\n')}\tREADME.md`]);
    await publisher.publish(alice('2'));
    expect(tip(BRANCH)).toBe(was);
    // Somebody else changes the same directory: the diff is another one now.
    remote.commitEntries([`100644 blob ${remote.writeBlob('extra\n')}\t${DIRECTORY}/extra.yaml`]);
    expect((await publisher.moved()).map(({ name }) => name)).toEqual(['alice']);
    expect(told(await publisher.publish(alice('2')))).toBe('HELD-CHANGE');
    const over = tip('main');
    expect(told(await publisher.publish({ ...alice('2'), over }))).toBe('PULL-REQUEST-OPEN');
    expect([tip(`${BRANCH}^`), server.open]).toEqual([over, [BRANCH]]);
  });

  it.each(['merge', 'squash'] as const)('is committed when it is merged by a %s, and goes on', async (how) => {
    const publisher = proposer();
    await publisher.publish(alice());
    merge(BRANCH, how);
    expect((await publisher.moved()).map(({ name }) => name)).toEqual(['alice']);
    const result = await publisher.publish(alice());
    expect([told(result), result.ok && result.commit]).toEqual(['noop', tip('main')]);
    // Merged and not deleted: the branch is ours to remove, the pull request nobody's to close.
    expect([branches(), server.pulls.map(({ state }) => state)]).toEqual([[], ['merged']]);
    expect(told(await publisher.publish(alice('2')))).toBe('PULL-REQUEST-OPEN');
    expect([server.open, tip(`${BRANCH}^`)]).toEqual([[BRANCH], tip('main')]);
  });

  it.each(['merge', 'squash'] as const)('that comes right after a %s goes its way, on a branch that was not deleted', async (how) => {
    const publisher = proposer();
    await publisher.publish(alice());
    merge(BRANCH, how);
    expect(told(await publisher.publish(alice('2')))).toBe('PULL-REQUEST-OPEN');
    expect([tip(`${BRANCH}^`), server.pulls.map(({ state }) => state)]).toEqual([tip('main'), ['merged', 'open']]);
  });

  it('that disappears is withdrawn, with its branch', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    merge(BRANCH);
    await publisher.publish(alice());
    await publisher.publish(alice('2'));
    expect(told(await publisher.publish(alice()))).toBe('noop');
    expect([branches(), server.open, server.pulls.at(-1)?.body]).toEqual([[], [], expect.stringContaining('**Withdrawn:**')]);
    // What we withdrew ourselves nobody has turned down.
    expect(told(await publisher.publish(alice('2')))).toBe('PULL-REQUEST-OPEN');
  });

  it('that somebody has turned down stays so until it is another one, or is opened again', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    server.set(BRANCH, { state: 'closed' });
    const again = proposer();
    expect(seen(await again.publish(alice()))).toEqual(['PULL-REQUEST-CLOSED', 'closed', expect.stringContaining('/pulls/1')]);
    server.taken();
    expect([told(await again.publish(alice())), server.taken(), server.open]).toEqual(['PULL-REQUEST-CLOSED', [], []]);
    // Its branch may be gone as well.
    remote.git('update-ref', '-d', `refs/heads/${BRANCH}`);
    expect(told(await proposer().publish(alice()))).toBe('PULL-REQUEST-CLOSED');
    expect(told(await again.publish(alice('2')))).toBe('PULL-REQUEST-OPEN');
    expect(server.pulls.map(({ state }) => state)).toEqual(['closed', 'open']);
  });
});

describe('a commit of somebody else on the branch', () => {
  it('stays, and is told; the branch is ours again when it is given up, deleted or merged', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    const theirs = byHand();
    expect((await publisher.moved()).map(({ name }) => name)).toEqual(['alice']);
    const held = await publisher.publish(alice());
    expect([seen(held), tip(BRANCH)]).toEqual([['HELD-BRANCH', 'held', undefined], theirs]);
    expect(held).toMatchObject({ error: { message: `HELD-BRANCH: commit ${theirs} by Jane is on branch ${BRANCH}, and that stays` } });
    expect(told(await proposer().publish(alice('2')))).toBe('HELD-BRANCH');
    expect(told(await publisher.publish({ ...alice('2'), over: theirs.slice(0, 10) }))).toBe('PULL-REQUEST-OPEN');
    expect(tip(`${BRANCH}^`)).toBe(tip('main'));
    byHand();
    remote.git('update-ref', '-d', `refs/heads/${BRANCH}`);
    expect(told(await publisher.publish(alice('3')))).toBe('PULL-REQUEST-OPEN');
    byHand();
    merge(BRANCH);
    expect(told(await publisher.publish({ ...alice('4'), over: tip('main') }))).not.toBe('HELD-BRANCH');
  });

  it('that brings the branch up to date is no change of ours', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    remote.commitEntries([`100644 blob ${remote.writeBlob('new\n')}\tREADME.md`]);
    const tree = remote.git('merge-tree', '--write-tree', tip('main'), tip(BRANCH)).trim();
    const updated = remote
      .git(
        '-c',
        'user.name=Jane',
        '-c',
        'user.email=j@example.org',
        'commit-tree',
        '-p',
        tip(BRANCH),
        '-p',
        tip('main'),
        '-m',
        'update',
        tree,
      )
      .trim();
    remote.git('update-ref', `refs/heads/${BRANCH}`, updated);
    expect([told(await publisher.publish(alice())), tip(BRANCH)]).toEqual(['PULL-REQUEST-OPEN', updated]);
  });
});

describe('a deletion', () => {
  it('is a pull request for the tombstone, and another one for the empty directory', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    merge(BRANCH);
    await publisher.publish(alice());
    expect(told(await publisher.publish(grave()))).toBe('PULL-REQUEST-OPEN');
    expect(server.pulls.at(-1)).toMatchObject({
      title: 'openclaw(prod-eu): team-a/alice deleted',
      body: expect.stringContaining('keeps it from going') as string,
    });
    merge(BRANCH);
    expect(told(await publisher.publish(grave()))).toBe('noop');
    expect(told(await publisher.publish({ placement: alice().placement, owner: OWNER }))).toBe('PULL-REQUEST-OPEN');
    merge(BRANCH);
    expect(told(await publisher.publish({ placement: alice().placement, owner: OWNER }))).toBe('noop');
    expect([branches(), remote.files().filter((path) => path.includes('alice'))]).toEqual([[], []]);
  });

  it('of an instance that was never merged buries nothing, and takes its pull request along', async () => {
    const publisher = proposer();
    await publisher.publish(alice());
    expect(await proposer().isPublished(alice().placement)).toBe(true);
    expect(told(await publisher.publish(grave()))).toBe('noop');
    expect([branches(), server.open, await publisher.isPublished(alice().placement)]).toEqual([[], [], false]);
  });
});

describe('who is killed or fails', () => {
  it('between the push and the pull request comes to one pull request', async () => {
    server.trouble = { answer: { status: 503 }, left: 99 };
    expect(seen(await proposer().publish(alice()))).toEqual(['FORGE-UNREACHABLE', 'unknown', undefined]);
    const was = tip(BRANCH);
    server.trouble = undefined;
    server.dropsNextAnswer = true;
    // The forge has taken it, and nobody has heard of that.
    expect(told(await proposer().publish(alice()))).toBe('FORGE-UNREACHABLE');
    expect(told(await proposer().publish(alice()))).toBe('PULL-REQUEST-OPEN');
    expect([server.pulls.length, tip(BRANCH)]).toEqual([1, was]);
  });

  it('leaves one pull request beside another controller', async () => {
    const both = [proposer(), proposer()];
    const results = await Promise.all(both.map((publisher) => publisher.publish(alice())));
    expect([results.map(told), server.pulls.length, branches()]).toEqual([['PULL-REQUEST-OPEN', 'PULL-REQUEST-OPEN'], 1, [BRANCH]]);
  });

  it.each([
    [{ status: 401 }, 'FORGE-AUTH'],
    [{ status: 403 }, 'FORGE-AUTH'],
    [{ status: 429, headers: { 'retry-after': '600' } }, 'FORGE-LIMIT'],
    [{ status: 502 }, 'FORGE-UNREACHABLE'],
  ])('because of %j is told so, leaves the forge alone for a while, and holds up nobody else', async (answer, code) => {
    const publisher = proposer();
    server.trouble = { answer, left: 99 };
    const failed = await publisher.publish(alice());
    expect([told(failed), failed.ok ? 0 : (failed.retryAt ?? 0) > performance.now()]).toEqual([code, true]);
    const asked = server.taken().length;
    expect([told(await publisher.publish(alice())), told(await publisher.publish(aRequest('bob'))), server.taken()]).toEqual([
      code,
      code,
      [],
    ]);
    expect([asked, branches()]).toEqual([1, [BRANCH, 'openclaw/prod-eu/team-a.bob']]);
  });

  it('because one pull request is refused holds up no other', async () => {
    const publisher = proposer();
    server.trouble = { method: 'POST', answer: { status: 422, body: { message: 'Validation Failed' } }, left: 1 };
    const results = await Promise.all([publisher.publish(alice()), publisher.publish(aRequest('bob'))]);
    expect(results.map(told)).toEqual(['FORGE-REFUSED', 'PULL-REQUEST-OPEN']);
    server.taken();
    expect([told(await publisher.publish(alice())), server.taken()]).toEqual(['FORGE-REFUSED', []]);
  });

  it('after the fence has closed neither pushes nor asks for anything', async () => {
    let may = true;
    const publisher = proposer({ fence: { mayWrite: () => may } });
    await publisher.publish(alice());
    const was = tip(BRANCH);
    server.taken();
    may = false;
    expect([told(await publisher.publish(alice('2'))), tip(BRANCH), server.taken()]).toEqual(['WRITE-FENCED', was, []]);
  });
});

describe('a batch', () => {
  const BATCH = 'openclaw/prod-eu/batch';

  it('is one branch for all that waits', async () => {
    const publisher = proposer({ grouping: 'batch' });
    const results = await Promise.all(['alice', 'bob'].map((name) => publisher.publish(aRequest(name))));
    expect([results.map(told), branches(), server.pulls.map(({ title }) => title)]).toEqual([
      ['PULL-REQUEST-OPEN', 'PULL-REQUEST-OPEN'],
      [BATCH],
      ['openclaw(prod-eu): 2 instances'],
    ]);
    await publisher.publish(aRequest('carol'));
    expect([server.pulls.length, server.pulls[0]?.title, tip(`${BATCH}^`)]).toEqual([1, 'openclaw(prod-eu): 3 instances', tip('main')]);
    merge(BATCH);
    const names = ['alice', 'bob', 'carol'];
    expect((await publisher.moved()).map(({ name }) => name).toSorted()).toEqual(names);
    expect((await Promise.all(names.map((name) => publisher.publish(aRequest(name))))).map(told)).toEqual(['noop', 'noop', 'noop']);
    expect(branches()).toEqual([]);
  });

  it('loses nobody when a process begins that has not heard of all yet', async () => {
    const publisher = proposer({ grouping: 'batch' });
    await Promise.all(['alice', 'bob'].map((name) => publisher.publish(aRequest(name))));
    const was = tip(BATCH);
    const again = proposer({ grouping: 'batch' });
    expect([told(await again.publish(aRequest('alice'))), tip(BATCH)]).toEqual(['PULL-REQUEST-OPEN', was]);
    expect([told(await again.publish(aRequest('bob'))), tip(BATCH), server.pulls.length]).toEqual(['PULL-REQUEST-OPEN', was, 1]);
  });
});

describe('push options of GitLab', () => {
  it('go with each push, and need nothing else', async () => {
    remote.git('config', 'receive.advertisePushOptions', 'true');
    const log = `${remote.path}/options`;
    const { writeFileSync, readFileSync, existsSync } = await import('node:fs');
    writeFileSync(`${remote.path}/hooks/post-receive`, `#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION_ | sort >> '${log}'\n`, { mode: 0o755 });
    const publisher = proposer({ forge: gitLabPushOptions('main') });
    const result = await publisher.publish(alice());
    expect(seen(result)).toEqual(['PULL-REQUEST-OPEN', 'open', undefined]);
    expect(existsSync(log) && readFileSync(log, 'utf8')).toMatch(
      /_0=merge_request\.create\nGIT_PUSH_OPTION_1=merge_request\.target=main\nGIT_PUSH_OPTION_2=merge_request\.remove_source_branch\n/,
    );
    remote.git('update-ref', 'refs/heads/main', tip(BRANCH));
    expect([told(await publisher.publish(alice())), branches(), server.requests]).toEqual(['noop', [], []]);
  });
});
