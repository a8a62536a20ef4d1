// Compiles the package into lib/. `npm ci` runs it through `prepare`. Beside the compiler it
//
// - puts the texts of programs that run in pods into a module, and takes the CEL engine along, which is an ES module: so the library is plain
//   CommonJS that looks for no file, as jest and bundlers want it;
// - copies what is read or handed out as a file: schemas, CRDs, completions of shells;
// - makes the schemas for editors.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { editorSchemas } from './imports/editor-schemas.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const lib = join(root, 'lib');
const sources = ['imports', 'constructs', 'app', 'controller', 'gitops'].filter((folder) => existsSync(join(root, folder)));
const copied = new Set(['.mjs', '.cjs', '.sh', '.conf', '.json', '.yaml', '.md', '.bash', '.zsh', '.fish']);

/** Folders and files that serve development only. */
const skipped = new Set([
  'imports/source',
  'imports/generate.mjs',
  'imports/editor-schemas.mjs',
  'app/examples',
  'app/cluster-examples',
  'app/fleet-examples',
]);

/** The one compiled file that loads an ES module; it takes it along, and still loads it late. */
const WITH_ES_MODULE = 'constructs/schema/cel/library.js';
const ES_MODULE = '@marcbachmann/cel-js';

function compile() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function copyFiles(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (skipped.has(path)) continue;
    if (entry.isDirectory()) copyFiles(path);
    else if (copied.has(extname(entry.name))) cpSync(join(root, path), join(lib, path));
  }
}

/** The programs and configurations that `asset` hands out, by folder and name: as the sources read them. */
function assetTexts() {
  const { assetFile } = require(join(lib, 'constructs/wire/asset-file.js'));
  const folder = join(root, 'constructs');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => !file.endsWith('.ts') && statSync(join(folder, file)).isFile(),
  );
  return Object.fromEntries(files.toSorted().map((file) => [file, assetFile(folder, file)]));
}

/**
 * The sources read assets from the folder of the code. The build has their texts in one module, and calls say which folder they mean:
 * inside a bundle no file stands beside the code.
 */
function inlineAssets() {
  for (const file of readdirSync(join(lib, 'constructs'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const path = join(lib, 'constructs', file);
    const code = readFileSync(path, 'utf8');
    const named = code.replaceAll('.asset)(__dirname, ', () => `.asset)(${JSON.stringify(dirname(file))}, `);
    if (/\.asset\)\((?!")/.test(named))
      throw new Error(`constructs/${file}: asset() takes __dirname first, so that the build can name the folder`);
    if (named !== code) writeFileSync(path, named);
  }
  const module = [
    '"use strict";',
    '// Written by build.mjs from the files beside the code.',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    `const texts = ${JSON.stringify(assetTexts(), null, 2)};`,
    'exports.assetFile = function assetFile(folder, file) {',
    '    const text = texts[`${folder}/${file}`];',
    '    if (text === undefined) throw new Error(`the asset ${folder}/${file} was not there when the package was built`);',
    '    return text;',
    '};',
    '',
  ];
  writeFileSync(join(lib, 'constructs/wire/asset-file.js'), module.join('\n'));
}

/** Takes the CEL engine into the file that loads it. Its licence goes along. */
async function bundleEngine() {
  const file = join(lib, WITH_ES_MODULE);
  await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'warning',
    banner: { js: `/*! Holds ${ES_MODULE}; its licence is in LICENSE-cel-js.txt. */` },
  });
  const licence = join(dirname(require.resolve(ES_MODULE)), '..', 'LICENSE');
  cpSync(licence, join(dirname(file), 'LICENSE-cel-js.txt'));
}

function writeEditorSchemas() {
  const folder = join(lib, 'imports/editor');
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of editorSchemas()) writeFileSync(join(folder, name), `${JSON.stringify(schema)}\n`);
}

rmSync(lib, { recursive: true, force: true });
compile();
sources.forEach(copyFiles);
inlineAssets();
await bundleEngine();
writeEditorSchemas();
chmodSync(join(lib, 'app/cli/cli.js'), 0o755);
