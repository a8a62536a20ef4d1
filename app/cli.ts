#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError, helpText, parseInvocation } from './options';
import { type ExitCode, type Streams, synth, validate } from './run';

const streams: Streams = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
};

function version(): string {
  const { version: text } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { version: string };
  return text;
}

/** Runs the program with these arguments. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const [first] = args;
  if (first === '--version' || first === '-V') {
    streams.stdout(`${version()}\n`);
    return 0;
  }
  if (first === undefined || first === '--help' || first === '-h') {
    (first === undefined ? streams.stderr : streams.stdout)(helpText());
    return first === undefined ? 1 : 0;
  }
  const { command, paths, output, namespace, help } = parseInvocation(args);
  if (help) {
    streams.stdout(helpText(command));
    return 0;
  }
  if (command === 'validate') return validate(paths, output === 'json' ? 'json' : 'text', namespace, streams);
  return synth(paths, output, namespace, streams);
}

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

main(process.argv.slice(2)).then(
  (code) => {
    // Not process.exit: a pipe may still have text to take.
    process.exitCode = code;
  },
  (error: unknown) => {
    streams.stderr(
      error instanceof UsageError
        ? `error: ${error.message}\n`
        : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
