#!/usr/bin/env node
import { runCommand } from './command';
import type { ExitCode } from './exit-code';
import { packageVersion } from '../../controller/api/user-agent';
import { streamsOf, unwritable } from './streams';

const streams = streamsOf(process.stdout, process.stderr, process.env);

// A reader that has seen enough (`| head`, `2>&1 | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    if (stream === process.stdout) streams.stderr(`error: ${unwritable(error)}\n`);
    process.exit(3 satisfies ExitCode);
  });
}

runCommand(process.argv.slice(2), streams, packageVersion).then(
  (code) => {
    // Not process.exit: a pipe may still have text to take.
    process.exitCode = code;
  },
  (error: unknown) => {
    streams.stderr(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 3;
  },
);
