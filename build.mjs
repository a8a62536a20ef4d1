// Compiles the package into lib/ and copies the files that the compiler does not know: programs that run in pods,
// configuration templates, schemas and CRDs. `npm ci` runs it through `prepare`.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const sources = ['imports', 'constructs', 'app', 'controller', 'gitops'];
const assets = new Set(['.mjs', '.sh', '.conf', '.json', '.yaml', '.md']);

/** Folders and files that serve development only. */
const skipped = new Set(['imports/source', 'imports/generate.mjs', 'app/examples', 'app/cluster-examples']);

function copyAssets(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (skipped.has(path)) continue;
    if (entry.isDirectory()) {
      copyAssets(path);
    } else if (assets.has(extname(entry.name))) {
      cpSync(join(root, path), join(root, 'lib', path));
    }
  }
}

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
rmSync(join(root, 'lib'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
sources.filter((folder) => existsSync(join(root, folder))).forEach(copyAssets);
chmodSync(join(root, 'lib/app/cli/cli.js'), 0o755);
