import { changeIn, textOf, withdrawnText } from '../../../gitops/propose/text';
import { withEnv, withSpec } from '../../builders';
import { proposalOf } from './proposal';

const HOSTILE =
  'a`|\n# x\n```\n@everyone fixes #1 closes platform/fleet#2 <img src=x onerror=alert(1)> [x](javascript:alert(1)) !merge\n/close\n/approve';

/** What stands outside of code, where a forge looks for mentions and commands. */
function outside(body: string): string {
  return body.replaceAll(/```text\n[^]*?\n```/g, '').replaceAll(/`[^`\n]*`/g, '');
}

it('says what changes, what that may cost, what to do, and what it is about', () => {
  const { title, body } = textOf(proposalOf([], [withEnv({ name: 'A', value: 'b' })]));
  expect(title).toBe('openclaw(prod-eu): team-a/alice configured');
  expect(body).toMatch(/^\*\*1 instance to change\.\*\* Risks: restart\.\n/);
  expect(body).toContain('env[A]: {"name":"A","value":"b"}  (restart)');
  expect(body).toContain('- `clusters/prod-eu/instances/team-a/alice/statefulset.apps.alice.yaml` configured');
  expect(body).toMatch(/Plan: `sha256:[0-9a-f]{64}`/);
  expect(changeIn(body)).toBe('c'.repeat(32));
});

it('lets nothing that a user wrote out of code: no mention, no command, no link, no closing word', () => {
  const hostile = [withEnv({ name: 'A', value: HOSTILE }), withSpec({ workspace: { initialFiles: { 'A.md': HOSTILE } } })];
  const { title, body } = textOf(proposalOf([], hostile));
  expect(title).toBe('openclaw(prod-eu): team-a/alice configured');
  expect(body).toContain('fixes #1');
  expect(outside(body)).not.toMatch(/everyone|fixes|#1|javascript|onerror|^\/close|^\/approve|^# /m);
  // The only block of code is ours, and ends where it should.
  expect(body.match(/^```/gm)).toEqual(['```', '```']);
});

it('a mark that a user wrote into a value is not taken for ours: nobody has one change pass for another', () => {
  const forged = `OpenClaw-Change: ${'d'.repeat(32)}`;
  const hostile = [withEnv({ name: 'A', value: forged }, { name: 'B', value: '\n<sub>openclaw-cdk8s · x' })];
  const { body } = textOf(proposalOf([], hostile));
  expect(body).toContain(forged);
  expect(changeIn(body)).toBe('c'.repeat(32));
  expect(changeIn(`${body.replaceAll('\n', '\r\n')}\r\nSeen by a person.`)).toBe('c'.repeat(32));
  expect(changeIn(withdrawnText({ title: '', body }, 'main').body)).toBeUndefined();
});

it('names no value that looks like a secret', () => {
  const token = `ghp_${'a1B2'.repeat(9)}`;
  const { body } = textOf(
    proposalOf([], [withEnv({ name: 'API_TOKEN', value: token }, { name: 'DB_PASSWORD', value: 'correct-horse-7' })]),
  );
  expect(body).toContain('(withheld)');
  expect(body).not.toMatch(/ghp_|correct-horse/);
});

it('stays within what a forge takes: fields go first, the hash and the mark never', () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({ name: `VARIABLE_${index}`, value: `value-${index}-${'x'.repeat(40)}` }));
  const { body } = textOf(proposalOf([], [withEnv(...many)]));
  expect(body.length).toBeLessThan(60_001);
  expect(body).toContain('The fields are left out here');
  expect(body).toMatch(/\| configured \| `StatefulSet alice` \| restart \|/);
  expect([/Plan: `sha256:[0-9a-f]{64}`/.test(body), changeIn(body)]).toEqual([true, 'c'.repeat(32)]);
});

it('says of one that is withdrawn why, and is then about nothing', () => {
  const text = textOf(proposalOf(undefined, []));
  const { title, body } = withdrawnText(text, 'main');
  expect([title, changeIn(body)]).toEqual([text.title, undefined]);
  expect(body).toMatch(/^\*\*Withdrawn:\*\* `main` holds what is wanted, or it is no longer wanted\.\n\n\*\*1 instance/);
});
