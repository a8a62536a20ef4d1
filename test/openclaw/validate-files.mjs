/**
 * Runs under the release's own node, in one process for many files:
 *
 *     node validate-files.mjs <dist/plugin-sdk/config-mutation.js> <file>...
 *
 * Prints one JSON array, a verdict a file. The module is what the release's own config commands read the file with.
 */
import { pathToFileURL } from 'node:url';

const [module, ...files] = process.argv.slice(2);
const { readConfigFileSnapshotForWrite } = await import(pathToFileURL(module).href);
const verdicts = [];
for (const file of files) {
  process.env.OPENCLAW_CONFIG_PATH = file;
  const { snapshot } = await readConfigFileSnapshotForWrite();
  verdicts.push({
    valid: snapshot.valid,
    issues: snapshot.issues.map(({ path, message }) => ({ path, message })),
  });
}
process.stdout.write(JSON.stringify(verdicts), () => process.exit(0));
