import type * as completion from './completion/completion';
import type * as controlling from './controller';
import { type ExitCode, RunFailure } from './exit-code';
import type * as explaining from './explain';
import type * as bootstrapping from './gitops';
import { helpText } from './help';
import { type CommandName, UsageError } from './options';
import { type Invocation, isCommand, parseInvocation, unknownCommand } from './parse';
import { text } from './flag-values';
import type * as installing from './install';
import type * as checking from './install-check';
import type * as packing from './packs';
import type * as planning from './plan';
import type * as running from './run';
import type * as committing from './to-git';
import type * as pushing from './to-oci';
import type * as verifying from './verify';
import type * as keeping from './secrets';
import type { Streams } from './streams';

/** Words that mean a command, as users of other programs write them. */
const ALIASES = new Map([
  ['--version', 'version'],
  ['-V', 'version'],
  ['--help', 'help'],
  // As kubectl calls a plan.
  ['diff', 'plan'],
  ['-h', 'help'],
]);

/**
 * Runs the program with these arguments, those after its name.
 *
 * @param version what `version` prints
 * @throws whatever is a mistake of ours; what a user did wrong is told on standard error
 */
export async function runCommand(args: readonly string[], streams: Streams, version: () => string): Promise<ExitCode> {
  try {
    return await dispatch(args, streams, version);
  } catch (cause) {
    if (!(cause instanceof UsageError || cause instanceof RunFailure)) throw cause;
    // One line each: a folder may refuse several things.
    for (const line of cause.message.split('\n')) streams.stderr(`error: ${line}\n`);
    return cause instanceof UsageError ? 2 : 3;
  }
}

async function dispatch([first, ...rest]: readonly string[], streams: Streams, version: () => string): Promise<ExitCode> {
  if (first === undefined) {
    streams.stderr(helpText());
    return 2;
  }
  if (first === '__complete') return complete(rest, streams);
  const invocation = parseInvocation([ALIASES.get(first) ?? first, ...rest], process.env);
  if (invocation.help) {
    streams.stdout(helpText(invocation.command));
    return 0;
  }
  return runners[invocation.command](invocation, streams, version);
}

type Runner = (invocation: Invocation, streams: Streams, version: () => string) => ExitCode | Promise<ExitCode>;

/** Each command is loaded only when it runs: help needs no cdk8s, and files need no client of a cluster. */
const runners: Readonly<Record<CommandName, Runner>> = {
  synth: ({ operands, values }, streams) => {
    if (values['to-git'] === true) {
      const { toGit } = require('./to-git') as typeof committing;
      return toGit(operands, values, streams);
    }
    if (values['to-oci'] === true) {
      const { toOci } = require('./to-oci') as typeof pushing;
      return toOci(operands, values, streams);
    }
    const { inputOptions, outputOptions, synth } = require('./run') as typeof running;
    return synth({ ...inputOptions(operands, values), ...outputOptions(values) }, streams);
  },
  validate: ({ operands, values }, streams) => {
    const { inputOptions, validate } = require('./run') as typeof running;
    return validate(inputOptions(operands, values), streams);
  },
  plan: ({ operands, values }, streams) => {
    const { plan } = require('./plan') as typeof planning;
    return plan(operands, values, streams);
  },
  verify: ({ operands, values }, streams) => {
    const { verify } = require('./verify') as typeof verifying;
    return verify(operands, values, streams);
  },
  secrets: ({ operands, values }, streams) => {
    const { secrets } = require('./secrets') as typeof keeping;
    return secrets(operands, values, streams, process.env);
  },
  packs: ({ operands, values }, streams) => {
    const { packs } = require('./packs') as typeof packing;
    return packs(operands, text(values, 'namespace'), streams, process.env);
  },
  explain: ({ operands, values }, { stdout }) => {
    const { explain } = require('./explain') as typeof explaining;
    stdout(explain(operands, values['recursive'] === true));
    return 0;
  },
  controller: ({ values }, streams) => {
    const { controller } = require('./controller') as typeof controlling;
    return controller(values, streams);
  },
  install: ({ operands, values }, streams) => {
    const { install } = require('./install') as typeof installing;
    return install(operands, values, streams);
  },
  uninstall: ({ operands, values }, streams) => {
    const { uninstall } = require('./install-check') as typeof checking;
    return uninstall(operands, values, streams);
  },
  gitops: ({ operands, values }, streams) => {
    const { gitops } = require('./gitops') as typeof bootstrapping;
    return gitops(operands, values, streams);
  },
  completion: ({ operands }, { stdout }) => {
    const { completionScript } = require('./completion/completion') as typeof completion;
    stdout(completionScript(operands));
    return 0;
  },
  version: (_invocation, { stdout }, version) => {
    stdout(`${version()}\n`);
    return 0;
  },
  help: ({ operands }, streams) => help(operands, streams),
};

function help([name]: readonly string[], { stdout }: Streams): ExitCode {
  if (name !== undefined && !isCommand(name)) throw unknownCommand(name);
  stdout(helpText(name));
  return 0;
}

/** What a shell asks for: the words of the line, the last one unfinished. */
function complete(words: readonly string[], { stdout }: Streams): ExitCode {
  const { candidates } = require('./completion/completion') as typeof completion;
  stdout(
    candidates(words)
      .map((word) => `${word}\n`)
      .join(''),
  );
  return 0;
}
