import { join } from 'node:path';
import { folderWith, instanceYaml, removeFolders, run } from '../../app/program';
import { tombstone } from '../../../gitops/layout/layout';
import { withEnv } from '../../builders';
import { OPTIONS, OWNER, aLayout, aSet, withHash } from '../layouts';
import { bareRepository } from './bare';
import { aPublisher, aRequest } from './publishing';

afterAll(removeFolders);

const edited = '{image: {tag: "2026.9.6"}, env: [{name: A, value: b}]}';

it('compares instances with what a branch holds, whoever committed it', async () => {
  const remote = bareRepository();
  try {
    const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
    await Promise.all(['alice', 'bob'].map((name) => publisher.publish(aRequest(name))));
    await publisher.close();
    const folder = folderWith({ 'same.yaml': instanceYaml('alice'), 'new.yaml': instanceYaml('alice', { spec: edited }) });
    const git = ['--base', 'git', '--git-url', remote.path, '--git-allow-file', '--cluster-name', 'prod-eu', '--exit-code', '-q'];
    const same = await run('plan', join(folder, 'same.yaml'), ...git);
    expect([same.code, same.stdout, same.stderr]).toEqual([0, 'nothing changes; 1 instance looked at\n', '']);
    const changed = await run('plan', join(folder, 'new.yaml'), ...git);
    expect([changed.code, changed.stdout.split('\n')[1]]).toEqual([1, '  ~ StatefulSet alice  (restart)']);
    const pruned = await run('plan', join(folder, 'same.yaml'), ...git, '--prune');
    expect(pruned.stdout.split('\n')[0]).toMatch(/^team-a\/bob: \d+ deleted, 0 unchanged$/);
    const elsewhere = await run('plan', join(folder, 'same.yaml'), ...git.map((flag) => (flag === 'prod-eu' ? 'west' : flag)));
    expect(elsewhere.stdout.split('\n')[0]).toMatch(/^team-a\/alice: \d+ created, 0 unchanged$/);
    // What is committed takes the place of the files; the rest of the plan is the same.
    const fromGit = git.map((flag) => (flag === 'git' ? join(folder, 'new.yaml') : flag));
    const committed = await run('plan', join(folder, 'new.yaml'), '--head', 'git', ...fromGit);
    expect([committed.code, committed.stdout.split('\n')[1]]).toEqual([1, '  ~ StatefulSet alice  (restart)']);
    const both = await run(
      'plan',
      join(folder, 'same.yaml'),
      '--head',
      'git',
      ...git.map((flag) => (flag === 'git' ? join(folder, 'same.yaml') : flag)),
    );
    expect([both.code, both.stdout]).toEqual([0, 'nothing changes; 1 instance looked at\n']);
    const twice = await run('plan', join(folder, 'same.yaml'), '--head', 'git', ...git);
    expect([twice.code, twice.stderr]).toEqual([
      2,
      expect.stringContaining('--head git compares what is committed with something else') as string,
    ]);
    expect(remote.commits()).toBe(1);
  } finally {
    remote.remove();
  }
});

it('is what the message of the commit says in short, and names by its hash', async () => {
  const remote = bareRepository();
  const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
  try {
    const folder = folderWith({ 'new.yaml': instanceYaml('alice', { spec: edited }) });
    const hashes: string[] = [];
    const flags = ['--base', 'git', '--git-url', remote.path, '--git-allow-file', '--cluster-name', 'prod-eu', '-q', '-o', 'json'];
    await publisher.publish(aRequest('alice'));
    const planned = await run('plan', join(folder, 'new.yaml'), ...flags);
    hashes.push((JSON.parse(planned.stdout) as { hash: string }).hash);
    const result = await publisher.publish(aRequest('alice', withEnv({ name: 'A', value: 'b' })));
    const note = { hash: hashes[0], risks: ['restart'], lines: ['StatefulSet/alice  1 env added  (restart)'] };
    expect(result).toMatchObject({ ok: true, noop: false, plan: note });
    const message = remote.git('show', '--no-patch', '--format=%B', 'main');
    expect(message).toContain(`\n\nChanges:\n  ${note.lines[0]}\n\n`);
    expect(message).toContain(`\nOpenClaw-Plan: ${note.hash}\n`);
    // Nothing of it is left.
    expect((await run('plan', join(folder, 'new.yaml'), ...flags)).stdout).toContain('"instances": []');
  } finally {
    await publisher.close();
    remote.remove();
  }
});

it('lists files where no object changes, and instances where there are many', async () => {
  const remote = bareRepository();
  const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
  const last = (): string => remote.git('show', '--no-patch', '--format=%B', 'main');
  try {
    await Promise.all(['alice', 'bob'].map((name) => publisher.publish(aRequest(name))));
    expect(last()).toMatch(
      /^openclaw\(prod-eu\): 2 instances\n\nChanges:\n {2}team-a\/alice {2}created, \d+ objects {2}\(.*\)\n {2}team-a\/bob /,
    );
    const set = aSet('alice');
    const layout = aLayout(set, withHash(set, 'h2'));
    const rotated = await publisher.publish({ placement: layout.placement, layout, owner: OWNER });
    expect(rotated).toMatchObject({ ok: true, noop: false });
    expect(rotated).not.toHaveProperty('plan');
    expect(last()).toMatch(/\n\nChanged files:\n {2}configmap\.alice-release\.yaml configured\n {2}kustomization\.yaml configured\n\n/);
    expect(last()).not.toContain('OpenClaw-Plan');
    const buried = await publisher.publish({ placement: layout.placement, layout: tombstone(layout.placement, OPTIONS), owner: OWNER });
    expect(buried).toMatchObject({
      ok: true,
      plan: { lines: expect.arrayContaining(['StatefulSet/alice  deleted  (restart)']) as string[] },
    });
  } finally {
    await publisher.close();
    remote.remove();
  }
});
