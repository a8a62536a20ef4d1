// The app that `cdk8s synth` runs: instances from files into the folder that the cdk8s command line empties and names.
import { delimiter } from 'node:path';
import { RunFailure } from './cli/exit-code';
import { synth } from './cli/run';
import { streamsOf } from './cli/streams';

/** Files and folders, parted as in PATH. */
const instances = process.env['OPENCLAW_INSTANCES'] ?? 'app/examples';
const folder = process.env['CDK8S_OUTDIR'] ?? 'dist';

const streams = streamsOf(process.stdout, process.stderr, process.env);

synth({ paths: instances.split(delimiter).filter((path) => path !== ''), folder }, streams).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const told =
      error instanceof RunFailure ? `error: ${error.message}` : error instanceof Error ? (error.stack ?? error.message) : String(error);
    streams.stderr(`${told}\n`);
    process.exitCode = 3;
  },
);
