#!/usr/bin/env node
import { runCommand } from './command';
import { packageVersion } from '../../controller/api/user-agent';
import { streamsOf } from './streams';

// A reader that has seen enough (`| head`, `2>&1 | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const streams = streamsOf(process.stdout, process.stderr, process.env);

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
