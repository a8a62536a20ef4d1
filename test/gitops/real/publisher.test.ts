import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tombstone } from '../../../gitops/layout/layout';
import { type PublishRequest } from '../../../gitops/publish/publish';
import { taintsOf } from '../../../gitops/gate/taint';
import { withConfig, withSpec } from '../../builders';
import { OPTIONS, OWNER } from '../layouts';
import { RushingClock, TIMES, aRequest, told } from './publishing';
import { publishingBed } from './publishing-bed';

const bed = publishingBed();

function many(count: number, suffix = ''): PublishRequest[] {
  return Array.from({ length: count }, (_, index) => aRequest(`agent-${index}`, withConfig({ note: `n${suffix}` })));
}

/** A hook of the server. */
function hook(name: string, script: string): void {
  const file = join(bed.remote.path, 'hooks', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

describe('wishes', () => {
  it('that come together are one commit, with a trailer for each', async () => {
    const publisher = bed.open();
    const results = await Promise.all(many(5).map((request) => publisher.publish(request)));
    expect(results.map(told)).toEqual(Array(5).fill('committed'));
    expect(bed.remote.commits()).toBe(1);
    const message = bed.remote.git('log', '-1', '--format=%B');
    expect(message).toMatch(/^openclaw\(prod-eu\): 5 instances\n/);
    expect(message.match(/^OpenClaw-Instance: prod-eu\/team-a\/agent-\d digest=sha256:[0-9a-f]{64}$/gm)).toHaveLength(5);
    expect(bed.remote.git('log', '-1', '--format=%(trailers:key=OpenClaw-Engine,valueonly)').trim()).toBe('1.2.3');
  });

  it('for the same instance become the last one, and all are answered', async () => {
    const publisher = bed.open();
    const answers = [aRequest('alice', withConfig({ a: 1 })), aRequest('alice', withConfig({ a: 2 }))].map((one) => publisher.publish(one));
    expect((await Promise.all(answers)).map(told)).toEqual(['committed', 'committed']);
    expect(bed.remote.commits()).toBe(1);
    expect(bed.remote.show('clusters/prod-eu/instances/team-a/alice/configmap.alice-config.yaml')).toContain('"a": 2');
  });

  it('beyond the limit of a commit go into the next', async () => {
    const publisher = bed.open({ times: { ...TIMES, most: 3 } });
    await Promise.all(many(7).map((request) => publisher.publish(request)));
    expect(bed.remote.commits()).toBe(3);
  });

  it('T-S8 gather with deletions among them: a burst of edits, a tombstone and a removal is one commit', async () => {
    const publisher = bed.open();
    await Promise.all([publisher.publish(aRequest('bob')), publisher.publish(aRequest('carol'))]);
    const [bob, carol] = ['bob', 'carol'].map((name) => aRequest(name).placement);
    const burst = [
      aRequest('alice'),
      { placement: bob!, layout: tombstone(bob!, OPTIONS), owner: OWNER },
      aRequest('alice', withConfig({ a: 2 })),
      { placement: carol!, owner: OWNER },
    ];
    await Promise.all(burst.map((request) => publisher.publish(request)));
    expect(bed.remote.commits()).toBe(2);
    expect(bed.remote.git('log', '-1', '--format=%s')).toBe('openclaw(prod-eu): 3 instances\n');
  });

  it('T-S8 wait for quiet, but not for ever; a deletion waits with them', async () => {
    const clock = new RushingClock();
    const publisher = bed.open({ clock, times: {} });
    const begun = clock.now().getTime();
    await publisher.publish(aRequest());
    expect(clock.now().getTime() - begun).toBe(2000);
    const { placement } = aRequest();
    await publisher.publish({ placement, layout: tombstone(placement, OPTIONS), owner: OWNER });
    await publisher.publish({ placement, owner: OWNER });
    expect(clock.now().getTime() - begun).toBe(6000);
    expect(bed.remote.commits()).toBe(3);
    expect(bed.remote.files()).toEqual(['clusters/prod-eu/index/.gitkeep']);
    expect(bed.remote.git('log', '--format=%s', '-2')).toBe(
      'openclaw(prod-eu): team-a/alice removed\nopenclaw(prod-eu): team-a/alice deleted\n',
    );
  });
});

it('T-T12 the instances that have a directory on the branch are found, those of other owners and clusters left out', async () => {
  const publisher = bed.open();
  expect(await publisher.published('prod-eu', OWNER)).toEqual([]);
  await Promise.all(['bob', 'alice'].map((name) => publisher.publish(aRequest(name))));
  expect((await publisher.published('prod-eu', OWNER)).map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
    'team-a/alice',
    'team-a/bob',
  ]);
  expect(await publisher.published('prod-us', OWNER)).toEqual([]);
  expect(await publisher.published('prod-eu', 'another-owner')).toEqual([]);
});

describe('a result', () => {
  it('names the tree and the commit that first held it, then and later, here and after a restart', async () => {
    const publisher = bed.open();
    const first = await publisher.publish(aRequest());
    await publisher.publish(aRequest('bob'));
    const again = await publisher.publish(aRequest());
    expect(first).toMatchObject({
      ok: true,
      noop: false,
      tree: bed.remote.git('rev-parse', 'main:clusters/prod-eu/instances/team-a/alice').trim(),
    });
    const commit = bed.remote.git('rev-parse', 'main~1').trim();
    expect(first).toMatchObject({ commit });
    expect(again).toMatchObject({ ok: true, noop: true, commit, tree: first.ok && first.tree });
    const known = { tree: (first.ok && first.tree) || '', commit };
    expect(await bed.open().publish({ ...aRequest(), known })).toMatchObject({ noop: true, commit });
    expect(await bed.open().publish(aRequest())).toMatchObject({ noop: true, commit: bed.remote.git('rev-parse', 'main').trim() });
  });

  it('does not concern the others when an instance is refused', async () => {
    bed.remote.commitEntries([`120000 ${bed.remote.writeBlob('/tmp')} 0\tclusters/prod-eu/instances/team-a/linked`]);
    const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    const requests = [aRequest('alice'), aRequest('linked'), aRequest('leaky', withConfig({ note: token })), aRequest('bob')];
    const publisher = bed.open();
    const results = await Promise.all(requests.map((request) => publisher.publish(request)));
    expect(results.map(told)).toEqual(['committed', 'PATH-SYMLINK', 'SECRET-FOUND', 'committed']);
    expect(bed.remote.commits()).toBe(2);
    expect(bed.remote.git('log', '-1', '--format=%s')).toBe('openclaw(prod-eu): 2 instances\n');
  });

  it('is a failure of the fence while this process may not write', async () => {
    let mayWrite = false;
    const publisher = bed.open({ fence: { mayWrite: () => mayWrite } });
    expect(told(await publisher.publish(aRequest()))).toBe('WRITE-FENCED');
    expect(bed.remote.commits()).toBe(0);
    mayWrite = true;
    expect(told(await publisher.publish(aRequest()))).toBe('committed');
  });

  it.each([
    ['the remote is read', 0],
    ['the commit is built', 1],
    ['the push begins', 2],
  ])('C40 stops before %s, once the fence has closed', async (_what, answers) => {
    let left = answers;
    const publisher = bed.open({ fence: { mayWrite: () => left-- > 0 } });
    expect(told(await publisher.publish(aRequest()))).toBe('WRITE-FENCED');
    expect(left).toBe(-1);
    expect(bed.remote.commits()).toBe(0);
  });

  it('T-T15 does not last: a clock that is set back by two hours while a retry is waited for stops no commit', async () => {
    const clock = new RushingClock();
    let mayWrite = false;
    const publisher = bed.open({ clock, fence: { mayWrite: () => mayWrite } });
    expect(told(await publisher.publish(aRequest()))).toBe('WRITE-FENCED');
    mayWrite = true;
    clock.setBack(2 * 3_600_000);
    const before = clock.monotonic();
    expect(told(await publisher.publish(aRequest()))).toBe('committed');
    expect(clock.monotonic() - before).toBeLessThan(1000);
  });

  it('comes for all that waits when the publisher closes', async () => {
    const publisher = bed.open({ times: {} });
    const waiting = publisher.publish(aRequest());
    await publisher.close();
    expect(told(await waiting)).toBe('WRITE-FENCED');
    expect(told(await publisher.publish(aRequest()))).toBe('WRITE-FENCED');
  });
});

describe('another writer', () => {
  it('on the branch all the time is borne: every wish lands, nothing of the other is lost', async () => {
    // Between the look and the push, as often as this hook is asked: the other one commits first, five times.
    const counter = join(bed.remote.path, 'count');
    writeFileSync(counter, '0');
    hook(
      'pre-receive',
      [
        `n=$(cat ${counter})`,
        '[ "$n" -ge 5 ] && exit 0',
        `echo $((n + 1)) >${counter}`,
        'unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES',
        'export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x',
        'old=$(git rev-parse --verify -q refs/heads/main)',
        'blob=$(echo $n | git hash-object -w --stdin)',
        'tree=$({ [ -n "$old" ] && git ls-tree main; printf "100644 blob %s\\tother-%s\\n" "$blob" "$n"; } | git mktree)',
        'new=$(git commit-tree -m other ${old:+-p "$old"} "$tree")',
        'git update-ref refs/heads/main "$new" ${old:-}',
      ].join('\n'),
    );
    const publisher = bed.open();
    expect(told(await publisher.publish(aRequest()))).toBe('committed');
    expect(readFileSync(counter, 'utf8').trim()).toBe('5');
    expect(bed.remote.commits()).toBe(6);
    expect(bed.remote.files().filter((path) => path.startsWith('other-'))).toHaveLength(5);
    expect(bed.remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('in our directory is seen, and its change undone by the next wish', async () => {
    const publisher = bed.open();
    await Promise.all([publisher.publish(aRequest()), publisher.publish(aRequest('bob'))]);
    expect(await publisher.moved()).toEqual([]);
    bed.remote.commitEntries([`100644 ${bed.remote.writeBlob('x\n')} 0\tREADME.md`]);
    expect(await publisher.moved()).toEqual([]);
    bed.remote.commitEntries([`100644 ${bed.remote.writeBlob('x\n')} 0\tclusters/prod-eu/instances/team-a/bob/kustomization.yaml`]);
    expect(await publisher.moved()).toEqual([{ cluster: 'prod-eu', namespace: 'team-a', name: 'bob' }]);
    expect(told(await publisher.publish(aRequest('bob')))).toBe('committed');
    expect(await publisher.moved()).toEqual([]);
    bed.remote.commitEntries([`0 ${'0'.repeat(40)}\tclusters/prod-eu/index/team-a.alice.json`]);
    expect(await publisher.moved()).toEqual([{ cluster: 'prod-eu', namespace: 'team-a', name: 'alice' }]);
    expect(told(await publisher.publish(aRequest()))).toBe('committed');
    expect(await publisher.moved()).toEqual([]);
  });

  it('of ours: four caches, five wishes each, all twenty land', async () => {
    const publishers = Array.from({ length: 4 }, () => bed.open());
    const answers = publishers.map(async (publisher, index) => {
      for (let wish = 0; wish < 5; wish += 1) {
        expect(told(await publisher.publish(aRequest(`agent-${index}`, withConfig({ wish }))))).toBe('committed');
      }
    });
    await Promise.all(answers);
    expect(bed.remote.commits()).toBe(20);
    expect(bed.remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  }, 120_000);
});

describe('a remote', () => {
  it('that is away for a while is tried with growing pauses, and found again', async () => {
    const clock = new RushingClock();
    const publisher = bed.open({ clock, times: {} });
    await publisher.publish(aRequest());
    renameSync(bed.remote.path, `${bed.remote.path}.away`);
    const begun = clock.now().getTime();
    let tries = 0;
    while (clock.now().getTime() - begun < 60 * 60_000) {
      const result = await publisher.publish(aRequest('alice', withSpec({ suspended: true })));
      expect(result).toMatchObject({ ok: false, error: { code: 'GIT-UNREACHABLE', stalled: false } });
      tries += 1;
    }
    // 1, 2, 4 ... 256 seconds, then every 5 minutes, each shortened by chance.
    expect(tries).toBeGreaterThan(15);
    expect(tries).toBeLessThan(30);
    renameSync(`${bed.remote.path}.away`, bed.remote.path);
    expect(told(await publisher.publish(aRequest('alice', withSpec({ suspended: true }))))).toBe('committed');
  });

  const REFUSALS: readonly [string, string, string][] = [
    [
      'GitHub, protected',
      'GIT-PROTECTED',
      'error: GH006: Protected branch update failed for refs/heads/main.\nerror: Changes must be made through a pull request.',
    ],
    ['GitLab, protected', 'GIT-PROTECTED', 'GitLab: You are not allowed to push code to protected branches on this project.'],
    ['Gitea, protected', 'GIT-PROTECTED', 'Gitea: Not allowed to push to protected branch main'],
    ['Gitea, protected files', 'GIT-PROTECTED', 'Gitea: branch main is protected from changing file clusters/prod-eu/index.json'],
    [
      'GitHub, ruleset',
      'GIT-PROTECTED',
      'error: GH013: Repository rule violations found for refs/heads/main.\n- Changes must be made through a pull request.',
    ],
    [
      'GitHub, ruleset on signatures',
      'GIT-REJECTED',
      'error: GH013: Repository rule violations found for refs/heads/main.\n- Commits must have verified signatures.',
    ],
    ['GitHub, large file', 'GIT-REJECTED', 'error: GH001: Large files detected. You may want to try Git Large File Storage'],
    [
      'Bitbucket, pull requests only',
      'GIT-PROTECTED',
      'Branch refs/heads/main can only be modified through pull requests. Check your branch permissions configuration with the project administrator.',
    ],
    ['Bitbucket Cloud, restricted', 'GIT-PROTECTED', 'Permission denied to update branch main.'],
    ['Bitbucket, committer', 'GIT-REJECTED', "remote: Expected committer email 'bot@example.com' but found 'openclaw@noreply.invalid'"],
    ['Bitbucket Cloud, size', 'GIT-REJECTED', 'Your push failed because the repository is over its size limit'],
    ['GitLab, unsigned', 'GIT-REJECTED', 'GitLab: Commit must be signed with a GPG key'],
    [
      'Azure DevOps, policy',
      'GIT-PROTECTED',
      'TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.',
    ],
    [
      'GitHub, secret found',
      'GIT-REJECTED',
      'error: GH013: Repository rule violations found for refs/heads/main.\n- GITHUB PUSH PROTECTION\nPush cannot contain secrets',
    ],
    ['GitLab, push rule', 'GIT-REJECTED', "GitLab: Commit message does not follow the pattern 'JIRA-[0-9]+'"],
    [
      'GitLab, storage',
      'GIT-REJECTED',
      'GitLab: Your push has been rejected, because this repository has exceeded its size limit of 10 GB',
    ],
    ['GitLab, trouble of its own', 'GIT-UNREACHABLE', 'GitLab: Internal API unreachable'],
  ];

  it.each(REFUSALS)('that refuses as %s does is told as %s', async (_, code, text) => {
    hook('pre-receive', `cat >&2 <<'END'\n${text}\nEND\nexit 1`);
    const result = await bed.open().publish(aRequest());
    expect(told(result)).toBe(code);
    const error = result.ok ? undefined : result.error;
    expect(error?.message).toContain(text.split('\n')[0]?.slice(0, 40));
    expect(error?.stalled).toBe(code !== 'GIT-UNREACHABLE');
    expect(error?.remedy).not.toBe('');
  });

  it('that refuses is not asked again for the same wish before its time', async () => {
    const counter = join(bed.remote.path, 'count');
    hook('pre-receive', `echo x >>${counter}\necho 'GH006: Protected branch update failed' >&2\nexit 1`);
    const publisher = bed.open({ times: { ...TIMES, firstBackOff: 60_000, longestBackOff: 60_000 } });
    for (let pass = 0; pass < 20; pass += 1) expect(told(await publisher.publish(aRequest()))).toBe('GIT-PROTECTED');
    expect(readFileSync(counter, 'utf8')).toBe('x\n');
  });

  it('whose rule refuses one instance takes the others', async () => {
    hook('pre-receive', 'read old new ref\ngit grep -q FORBIDDEN "$new" -- && { echo "policy: word" >&2; exit 1; }\nexit 0');
    const publisher = bed.open();
    const requests = many(9).map((request, index) => (index === 4 ? aRequest('agent-4', withConfig({ note: 'FORBIDDEN' })) : request));
    const results = await Promise.all(requests.map((request) => publisher.publish(request)));
    expect(results.map(told)).toEqual(requests.map((_, index) => (index === 4 ? 'GIT-REJECTED' : 'committed')));
    expect(bed.remote.files().some((path) => path.includes('agent-4/'))).toBe(false);
    expect(bed.remote.files().filter((path) => path.endsWith('openclaw.owner'))).toHaveLength(8);
  });
});

it('twenty planted canaries never reach the remote: not a file, not a message', async () => {
  const canaries = Array.from({ length: 20 }, (_, index) => `cAnary-${index}-${(index * 7919 + 104729).toString(36)}-Qx9`);
  const taints = taintsOf(canaries);
  const at = (index: number): string => canaries[index] ?? '';
  const requests = [
    aRequest('a0', withConfig({ x: at(0) })),
    aRequest('a1', withConfig({ [at(1)]: 1 })),
    aRequest('a2', withSpec({ env: [{ name: 'X', value: at(2) }] })),
    aRequest('a3', withSpec({ env: [{ name: 'X', value: Buffer.from(`user:${at(3)}`).toString('base64') }] })),
    aRequest('a4', withSpec({ workspace: { initialFiles: { 'A.md': `line\n  ${at(4)}\n` } } })),
    aRequest('a5', withSpec({ podAnnotations: { note: at(5) } })),
    aRequest('a6', withSpec({ sidecars: [{ name: 's', image: 'x', command: ['sh', '-c', `echo ${at(6)}`] }] })),
    aRequest('a7', withSpec({ networking: { service: { annotations: { note: at(7) } } } })),
    aRequest('a8', withSpec({ availability: { nodeSelector: { note: at(8) } } })),
    aRequest('a9', withConfig({ x: JSON.stringify({ y: encodeURIComponent(at(9)) }) })),
    ...Array.from({ length: 9 }, (_, index) => ({ ...aRequest(`b${index}`), changedBy: `someone ${at(10 + index)}` })),
    { ...aRequest('c'), reason: at(19) },
  ].map((request) => ({ ...request, gate: { taints } }));
  const publisher = bed.open();
  const results = await Promise.all(requests.map((request) => publisher.publish(request)));
  expect(results.map(told)).toEqual([...Array(10).fill('SECRET-FOUND'), ...Array(10).fill('committed')]);
  const everything = bed.remote.git('log', '-p', '--all', '--format=raw') + JSON.stringify(results);
  expect(everything).toContain('(withheld)');
  for (const canary of canaries) expect(everything).not.toContain(canary);
});
