import type { controller as Controller } from './controller';
import { UsageError, helpText, parseInvocation } from './options';
import { type ExitCode, type Streams, synth, validate } from './run';

/**
 * Runs the program with these arguments, those after its name.
 *
 * @param version what `--version` prints
 * @throws whatever is a mistake of ours; what a user did wrong is told on standard error
 */
export async function runCommand(args: readonly string[], streams: Streams, version: () => string): Promise<ExitCode> {
  try {
    return await dispatch(args, streams, version);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    streams.stderr(`error: ${cause.message}\n`);
    return 1;
  }
}

async function dispatch(args: readonly string[], streams: Streams, version: () => string): Promise<ExitCode> {
  const [first] = args;
  if (first === '--version' || first === '-V') {
    streams.stdout(`${version()}\n`);
    return 0;
  }
  if (first === undefined || first === '--help' || first === '-h') {
    (first === undefined ? streams.stderr : streams.stdout)(helpText());
    return first === undefined ? 1 : 0;
  }
  const { command, paths, output, namespace, help, values } = parseInvocation(args, process.env);
  if (help) {
    streams.stdout(helpText(command));
    return 0;
  }
  if (command === 'controller') {
    // Loaded only here: the other commands need no client of a cluster.
    const { controller } = require('./controller') as { controller: typeof Controller };
    return controller(values, streams);
  }
  if (command === 'validate') return validate(paths, output === 'json' ? 'json' : 'text', namespace, streams);
  return synth(paths, output, namespace, streams);
}
