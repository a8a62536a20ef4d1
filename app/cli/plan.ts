import { type Plan, planOf } from '../../constructs/review/plan';
import { type Colour, planJson, planLines, planMarkdown } from '../../constructs/review/plan-text';
import { ApiError, ConnectionError } from '../../controller/api/errors';
import { GitError } from '../../gitops/git/errors';
import { approveCommand } from '../../gitops/git/names';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';
import { type Sides, clusterSides, fileSides, gitSides, heldInGit } from './plan-base';
import { Run, inputOptions } from './run';
import type { Streams } from './streams';

/** `plan`: what would change, and what that may cost. */
export async function plan(paths: readonly string[], values: FlagValues, streams: Streams): Promise<ExitCode> {
  const run = new Run(inputOptions(paths, values), streams, true);
  run.report();
  if (run.hasErrors) return 1;
  const { before, after } = await sidesOf(values, run);
  const result = planOf(before, after);
  streams.stdout(written(result, text(values, 'output') ?? 'text', streams));
  if (isForApproval(values)) run.advise(approvals(result));
  return values['exit-code'] === true && result.instances.length > 0 ? 1 : 0;
}

async function sidesOf(values: FlagValues, run: Run): Promise<Sides> {
  const { sets } = run.synthesis;
  const base = text(values, 'base') ?? 'cluster';
  const prune = values['prune'] === true;
  if (prune && base === 'cluster')
    throw new UsageError('--prune speaks of files and of Git: a cluster is looked at for the instances in the files alone');
  if (base === '-') throw new UsageError('--base is -: standard input may have the instances, and a base is a path, git or cluster');
  const isFromGit = text(values, 'head') === 'git';
  if (isFromGit && base === 'git') throw new UsageError('--head git compares what is committed with something else: give another --base');
  try {
    const wanted = isFromGit ? await heldInGit(values, '--head git', sets, prune) : sets;
    if (base === 'cluster') return await clusterSides(values, wanted);
    return base === 'git' ? await gitSides(values, run, prune) : fileSides(base, wanted, prune);
  } catch (cause) {
    if (cause instanceof GitError)
      throw new RunFailure(`the repository cannot be read: ${cause.message}; to do: ${cause.remedy}`, { cause });
    if (cause instanceof ConnectionError) throw new RunFailure(`the cluster cannot be reached: ${cause.message}`, { cause });
    if (cause instanceof ApiError) throw new RunFailure(`the cluster cannot be read: ${cause.message}`, { cause });
    throw cause;
  }
}

/** What the controller would commit: its plans have the same hashes, one an instance. */
function isForApproval(values: FlagValues): boolean {
  return text(values, 'base') === 'git' && (text(values, 'output') ?? 'text') === 'text';
}

/** How each change is approved, where the controller waits for that. */
function approvals({ instances }: Plan): string[] {
  const lines = instances
    .filter(({ action }) => action !== 'deleted')
    .map(({ namespace = '', name, hash }) => approveCommand({ namespace, name }, hash));
  return lines.length > 0 ? ['where the controller waits for an approval (--git-approval):', ...lines.map((line) => `  ${line}`)] : [];
}

const COLOURS = { created: 32, configured: 33, deleted: 31, risk: 35, strong: 1 } as const;

const terminalColour: Colour = (word, tone) => `\u001B[${COLOURS[tone]}m${word}\u001B[0m`;

function written(result: Plan, format: string, { stdoutHasColors = false }: Streams): string {
  if (format === 'json') return `${JSON.stringify(planJson(result), null, 2)}\n`;
  if (format === 'markdown') return planMarkdown(result);
  const lines = stdoutHasColors ? planLines(result, terminalColour) : planLines(result);
  return lines.map((line) => `${line}\n`).join('');
}
