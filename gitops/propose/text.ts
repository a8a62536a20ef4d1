/** The title and the body of a pull request. Everything that users wrote stands in code, where no forge takes it for a mention, a link or a command. */
import type { Plan } from '../../constructs/review/plan';
import { codeText, planMarkdown } from '../../constructs/review/plan-text';
import { plainText } from '../git/plain-text';
import type { PullRequestText } from '../forge/pull-request';
import { messageOf } from '../publish/commit-of';
import type { Inspected } from '../publish/judge';

/** GitHub takes 65,536 characters. */
const LONGEST_BODY = 60_000;
const LONGEST_TITLE = 200;

/** Files that are listed. */
const MOST_FILES = 50;

export interface Proposed {
  readonly members: readonly Inspected[];
  readonly plan: Plan;
  /** Tells this change from others. */
  readonly change: string;
  /** The branch into which it is to be merged. */
  readonly base: string;
  /** Version of this program. */
  readonly engine: string;
}

const MARK = 'OpenClaw-Change';

/**
 * The change that a body of ours is about; `undefined` of any other text. The mark is the last one that begins a line as ours does: values of users
 * stand before it, behind something else, and must not have one change taken for another that somebody has seen.
 */
export function changeIn(body: string): string | undefined {
  const marks = [...body.matchAll(new RegExp(`^<sub>openclaw-cdk8s [^\n]*${MARK}: \`?([0-9a-f]{32})\\b`, 'gm'))];
  return marks.at(-1)?.[1];
}

export function textOf(proposed: Proposed): PullRequestText {
  const { members, plan, engine } = proposed;
  const [title = ''] = messageOf(members, plan, engine).split('\n');
  return { title: plainText(title, LONGEST_TITLE), body: bodyOf(proposed) };
}

/** What a pull request says that is no longer wanted. Without the mark nobody takes it for one that a person has turned down. */
export function withdrawnText({ title, body }: PullRequestText, base: string): PullRequestText {
  const rest = body.replaceAll(new RegExp(`^.*${MARK}: .*$`, 'gm'), '').trimEnd();
  return { title, body: `**Withdrawn:** ${codeText(base)} holds what is wanted, or it is no longer wanted.\n\n${rest}\n` };
}

function bodyOf(proposed: Proposed): string {
  const { plan, members, change, base, engine } = proposed;
  const rest = [
    filesText(members),
    roadsText(members, base),
    `<sub>openclaw-cdk8s ${plainText(engine, 40)} · ${MARK}: \`${change}\`</sub>\n`,
  ].join('\n');
  const room = LONGEST_BODY - rest.length - 200;
  const whole = plan.instances.length > 0 ? planMarkdown(plan) : 'No object changes: what changes are files by which they are delivered.\n';
  if (whole.length <= room) return `${whole}\n${rest}`;
  const short = planMarkdown(plan, { fields: false });
  const told = short.length <= room ? short : `${short.slice(0, short.lastIndexOf('\n', room))}\n`;
  return `${told}\nThe fields are left out here, for there are too many: see the files.\n\nPlan: \`${plan.hash}\`\n\n${rest}`;
}

/** Files that hold no object of their own, or all of them where there is no plan to show. */
function filesText(members: readonly Inspected[]): string {
  const all = members.flatMap(({ inspection: { changes } }) => changes);
  const lines = all.slice(0, MOST_FILES).map(({ id, action }) => `- ${codeText(id)} ${action}`);
  const more = all.length - lines.length;
  const list = [...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
  return `<details><summary>Files</summary>\n\n${list}\n\n</details>\n`;
}

function roadsText(members: readonly Inspected[], base: string): string {
  const isDeletion = members.some(({ request: { layout } }) => layout?.digest === undefined);
  const grave = isDeletion ? ' What an instance leaves behind keeps it from going until this is merged.' : '';
  return [
    `- **Merge it**, and the engine applies it: ${codeText(base)} is what counts.${grave}`,
    '- **Close it**, and nothing changes. It comes again when the instance changes in another way.',
    '- **Change the instance**, and this is written anew, or withdrawn. A commit of somebody else on this branch stops that.',
    '',
  ].join('\n');
}
