import { isError } from '../../constructs';
import { SinkError } from '../../constructs/sink';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { FileSink, OutputError } from './file-sink';
import { type Inputs, readInputs } from '../input/inputs';
import { progressOn } from './progress';
import { changeLines, reportJson, reportLines } from './report';
import { type Synthesis, synthesize } from './synthesize';

/** Where text goes. The process, or a test. */
export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether a person watches standard error. */
  readonly isTerminal: boolean;
}

/** 0: done. 1: something in the input, or in its way, has to be mended first. */
export type ExitCode = 0 | 1;

function run(paths: readonly string[], inputs: Inputs, renderToo: boolean, { stderr, isTerminal }: Streams): Synthesis {
  const progress = progressOn(isTerminal ? stderr : undefined, inputs.instances.length);
  const synthesis = synthesize(inputs, renderToo, progress.step);
  progress.end();
  if (inputs.instances.length > 0 || synthesis.issues.some(isError)) return synthesis;
  const issue = {
    file: paths.map((path) => (path === '-' ? 'stdin' : path)).join(', '),
    line: 1,
    column: 1,
    path: '',
    rule: 'file',
    severity: 'error',
    message: 'has no OpenClawInstance: add one',
  } as const;
  return { ...synthesis, issues: [...synthesis.issues, issue] };
}

function tell(lines: readonly string[], { stderr }: Streams): void {
  if (lines.length > 0) stderr(`${lines.join('\n')}\n`);
}

/** `synth`: manifests to a folder, or to standard output where `folder` is missing. */
export async function synth(
  paths: readonly string[],
  folder: string | undefined,
  namespace: string | undefined,
  streams: Streams,
): Promise<ExitCode> {
  const inputs = readInputs(paths, namespace);
  const synthesis = run(paths, inputs, true, streams);
  tell(reportLines(synthesis, inputs.ignored), streams);
  if (synthesis.issues.some(isError)) return 1;
  if (folder === undefined) {
    for (const { manifests } of synthesis.sets) streams.stdout(writeDocuments(manifests));
    return 0;
  }
  try {
    tell(changeLines(await new FileSink(folder).apply(synthesis.sets), folder), streams);
    return 0;
  } catch (cause) {
    if (!(cause instanceof OutputError || cause instanceof SinkError)) throw cause;
    tell(
      cause.message.split('\n').map((line) => `error: ${line}`),
      streams,
    );
    return 1;
  }
}

/** `validate`: the issues, and nothing else. */
export function validate(paths: readonly string[], format: 'text' | 'json', namespace: string | undefined, streams: Streams): ExitCode {
  const inputs = readInputs(paths, namespace);
  const synthesis = run(paths, inputs, false, streams);
  if (format === 'json') streams.stdout(reportJson(synthesis, inputs.instances));
  else tell(reportLines(synthesis, inputs.ignored), streams);
  return synthesis.issues.some(isError) ? 1 : 0;
}
