import { isError } from '../../constructs';
import { SinkError } from '../../constructs/sink';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { type Inputs, readInputs } from '../input/inputs';
import { type ExitCode, RunFailure } from './exit-code';
import { FileSink, OutputError } from './file-sink';
import { type FlagValues, text } from './flag-values';
import { plainPaint, terminalPaint } from './paint';
import { type Progress, progressOn } from './progress';
import { type Detail, changeLines, deletionLines, leftoverLines, reportJson, reportLines } from './report';
import { PROGRAM } from './options';
import { quotedWord } from './shell-word';
import type { Streams } from './streams';
import { type Synthesis, type SynthesisOptions, synthesize } from './synthesize';

/** What to read, and how to speak of it. */
export interface InputOptions {
  /** Files and folders; `-` is standard input. */
  readonly paths: readonly string[];
  /** For objects that name none. @default - none */
  readonly namespace?: string | undefined;
  /** Warnings are errors. @default false */
  readonly strict?: boolean;
  /** Errors only. @default false */
  readonly quiet?: boolean;
  /** Everything, however long. @default false */
  readonly verbose?: boolean;
  /** @default text, or YAML */
  readonly format?: string | undefined;
}

/** Where manifests go. */
export interface OutputOptions {
  /** @default - standard output */
  readonly folder?: string | undefined;
  /** Delete files of instances that are gone. @default false */
  readonly prune?: boolean | undefined;
  /** Tell, and do nothing. @default false */
  readonly dryRun?: boolean | undefined;
}

export function inputOptions(paths: readonly string[], values: FlagValues): InputOptions {
  const flag = (name: string): boolean => values[name] === true;
  const named = { namespace: text(values, 'namespace'), format: text(values, 'output') };
  return { paths, ...named, strict: flag('strict'), quiet: flag('quiet'), verbose: flag('verbose') };
}

export function outputOptions(values: FlagValues): OutputOptions {
  return { folder: text(values, 'output-dir'), prune: values['prune'] === true, dryRun: values['dry-run'] === true };
}

/** The command that tells how to make the Secrets of the same instances; `undefined` where they came by a pipe. */
function secretsCommand({ paths, namespace }: InputOptions): string | undefined {
  if (paths.includes('-')) return undefined;
  const scope = namespace === undefined ? [] : ['-n', namespace];
  // A path is no flag, whatever it begins with.
  const files = paths.map((path) => (path.startsWith('-') ? `./${path}` : path));
  return [PROGRAM, 'secrets', '-o', 'kubectl', ...scope, ...files].map(quotedWord).join(' ');
}

/** One run of a command that reads files. */
export class Run {
  public readonly inputs: Inputs;
  public synthesis: Synthesis;
  private readonly progress: Progress;
  public readonly detail: Detail;

  public constructor(
    private readonly options: InputOptions,
    private readonly streams: Streams,
    renderToo: boolean,
  ) {
    const { paths, namespace, strict = false, quiet = false, verbose = false } = options;
    const paint = streams.hasColors === true ? terminalPaint : plainPaint;
    this.detail = { quiet, verbose, paint, secretsCommand: secretsCommand(options) };
    this.progress = progressOn(streams.isTerminal && !quiet ? streams.stderr : undefined);
    this.inputs = readInputs(paths, namespace, this.progress.phase('documents read'));
    const onInstance = this.progress.phase('instances', this.inputs.instances.length);
    this.synthesis = this.withInstances(synthesize(this.inputs, renderToo, { strict, onInstance }));
  }

  /** Renders everything again, with what holds in place of the specs. */
  public renderWith(overridesOf: SynthesisOptions['overridesOf'] & {}): void {
    this.synthesis = synthesize(this.inputs, true, { strict: this.options.strict ?? false, overridesOf });
  }

  public get hasErrors(): boolean {
    return this.synthesis.issues.some(isError);
  }

  public report(): void {
    this.progress.end();
    this.tell(reportLines(this.synthesis, this.inputs.notes, this.detail));
  }

  /** Manifests to standard output. */
  public print(): void {
    const { sets } = this.synthesis;
    const step = this.progress.phase('instances written', sets.length);
    if (this.options.format === 'json') {
      const items = sets.flatMap(({ manifests }) => manifests);
      this.streams.stdout(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`);
    } else {
      for (const [index, { manifests }] of sets.entries()) {
        this.streams.stdout(writeDocuments(manifests));
        step(index + 1);
      }
    }
    this.progress.end();
  }

  /** Manifests to a folder. @throws {@link RunFailure} where the folder cannot take them */
  public async write(folder: string, { prune = false, dryRun = false }: OutputOptions): Promise<void> {
    const { sets } = this.synthesis;
    const sink = new FileSink(folder, { prune, onSet: this.progress.phase('instances written', sets.length) });
    try {
      const leftovers = sink.leftovers(sets);
      const changes = await (dryRun ? sink.diff(sets) : sink.apply(sets));
      this.progress.end();
      if (this.detail.quiet) return;
      this.tell(changeLines(changes, folder, this.detail));
      this.tell(prune ? deletionLines(changes) : leftoverLines(leftovers, folder, this.detail));
      if (dryRun) this.tell(['dry run: nothing was written']);
    } catch (cause) {
      throw cause instanceof OutputError || cause instanceof SinkError ? new RunFailure(cause.message, { cause }) : cause;
    }
  }

  /** Tells what to do next, unless only errors are asked for. */
  public advise(lines: readonly string[]): void {
    if (!this.detail.quiet) this.tell(lines);
  }

  public tell(lines: readonly string[]): void {
    if (lines.length > 0) this.streams.stderr(`${lines.join('\n')}\n`);
  }

  /** An input without anything of ours is most likely another one than was meant. */
  private withInstances(synthesis: Synthesis): Synthesis {
    const { instances, others } = this.inputs;
    if (instances.length > 0 || others > 0 || synthesis.issues.some(isError)) return synthesis;
    const file = this.options.paths.map((path) => (path === '-' ? 'stdin' : path)).join(', ');
    const message = 'has no OpenClawInstance: add one';
    const issue = { file, line: 1, column: 1, path: '', rule: 'file', severity: 'error', message } as const;
    return { ...synthesis, issues: [...synthesis.issues, issue] };
  }
}

/** `synth`: manifests to a folder, or to standard output. */
export async function synth({ folder, prune, dryRun, ...options }: InputOptions & OutputOptions, streams: Streams): Promise<ExitCode> {
  const run = new Run(options, streams, true);
  run.report();
  if (run.hasErrors) return 1;
  // Without an instance a folder stays as it is: a wrong path must not empty it.
  if (run.inputs.instances.length === 0) return 0;
  if (folder === undefined) run.print();
  else await run.write(folder, { prune, dryRun });
  return 0;
}

/** `validate`: the issues, and nothing else. */
export function validate(options: InputOptions, streams: Streams): ExitCode {
  const run = new Run(options, streams, false);
  if (options.format === 'json') streams.stdout(reportJson(run.synthesis, run.inputs.instances));
  else run.report();
  return run.hasErrors ? 1 : 0;
}
