import { execFileSync } from 'node:child_process';
import { plainText } from '../../../gitops/git/plain-text';
import { type CommittedInstance, commitMessage, planIn } from '../../../gitops/publish/commit-message';

function instance(more: Partial<CommittedInstance> = {}): CommittedInstance {
  return { namespace: 'team-a', name: 'alice', action: 'configured', changes: [], ...more };
}

function message(...instances: readonly CommittedInstance[]): string {
  return commitMessage({ cluster: 'prod-eu', instances, engine: '1.4.0' });
}

/** What git takes for trailers. */
function trailers(text: string): string[] {
  return execFileSync('git', ['interpret-trailers', '--parse'], { input: text, encoding: 'utf8' }).trim().split('\n');
}

it('names one instance, what changed in it, and the trailers', () => {
  const changes = [
    { id: 'statefulset.apps.alice.yaml', action: 'configured' },
    { id: 'configmap.alice-x.yaml', action: 'created' },
  ] as const;
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(message(instance({ changes, generation: 7, digest, reason: 'spec-change', changedBy: 'kubectl-edit (jane@example.org)' }))).toBe(
    [
      'openclaw(prod-eu): team-a/alice configured',
      '',
      'Changed files:',
      '  statefulset.apps.alice.yaml configured',
      '  configmap.alice-x.yaml created',
      '',
      `OpenClaw-Instance: prod-eu/team-a/alice generation=7 digest=${digest}`,
      'OpenClaw-Reason: spec-change',
      'OpenClaw-Engine: 1.4.0',
      'OpenClaw-Changed-By: kubectl-edit (jane@example.org)',
      '',
    ].join('\n'),
  );
});

it('says what changes in place of the files, and names the plan', () => {
  const lines = ['StatefulSet/alice  image, 1 env added  (restart)', `Role/a\nOpenClaw-Engine: forged  ${'x'.repeat(300)}`];
  const plan = `sha256:${'a'.repeat(64)}`;
  const text = commitMessage({
    cluster: 'prod-eu',
    instances: [instance({ changes: [{ id: 'x', action: 'created' }] })],
    engine: '1.4.0',
    lines,
    plan,
  });
  expect(text.split('\n').slice(2, 5)).toEqual([
    'Changes:',
    `  ${lines[0]}`,
    expect.stringMatching(/^ {2}Role\/a OpenClaw-Engine: forged {2}x{117}\.\.\.$/),
  ]);
  expect(trailers(text)).toEqual([
    'OpenClaw-Instance: prod-eu/team-a/alice action=configured',
    `OpenClaw-Plan: ${plan}`,
    'OpenClaw-Engine: 1.4.0',
  ]);
  expect(planIn(text)).toBe(plan);
  expect(planIn(message(instance()))).toBeUndefined();
});

it('counts many instances, with a trailer for each', () => {
  const text = message(instance(), instance({ name: 'bob', action: 'removed' }));
  expect(text).toMatch(/^openclaw\(prod-eu\): 2 instances\n\nOpenClaw-Instance/);
  expect(trailers(text)).toEqual([
    'OpenClaw-Instance: prod-eu/team-a/alice action=configured',
    'OpenClaw-Instance: prod-eu/team-a/bob action=removed',
    'OpenClaw-Engine: 1.4.0',
  ]);
});

it('lists no more changes than anyone reads', () => {
  const changes = Array.from({ length: 100 }, (_, index) => ({ id: `file-${index}`, action: 'created' as const }));
  expect(message(instance({ changes }))).toContain('  file-29 created\n  and 70 more\n');
});

it.each([
  'x\n\nOpenClaw-Instance: prod-eu/team-b/mallory digest=sha256:0',
  'x\r\nSigned-off-by: Someone <a@b>',
  'x\u2028Co-authored-by: Someone <a@b>',
  'x\u0085Reviewed-by: y',
  'x\u000b\u000cA: b',
])('no text of a user becomes a trailer or a line of its own: %j', (text) => {
  const changes = [{ id: text, action: 'created' as const }];
  const whole = message(instance({ reason: text, changedBy: text, changes }));
  expect(trailers(whole)).toHaveLength(4);
  expect(whole.split('\n')).toHaveLength(10);
});

describe('plain text', () => {
  it.each([
    ['a\u0000b\u001b[31mc', 'a b [31mc'],
    ['\u202eevil\u2066', 'evil'],
    ['  a \t b  ', 'a b'],
    ['\ud800x', 'x'],
    ['nät 🙂', 'nät 🙂'],
  ])('of %j is %j', (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it('is cut by characters, not inside one', () => {
    expect(plainText('🙂'.repeat(20), 10)).toBe(`${'🙂'.repeat(7)}...`);
  });
});
