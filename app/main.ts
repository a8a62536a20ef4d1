// The app that `cdk8s synth` runs: instances from files into the folder that the cdk8s command line empties and names.
import { delimiter } from 'node:path';
import { type Streams, synth } from './cli/run';

/** Files and folders, parted as in PATH. */
const instances = process.env['OPENCLAW_INSTANCES'] ?? 'app/examples';
const folder = process.env['CDK8S_OUTDIR'] ?? 'dist';

const streams: Streams = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
};

synth(
  instances.split(delimiter).filter((path) => path !== ''),
  folder,
  undefined,
  streams,
).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    streams.stderr(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
