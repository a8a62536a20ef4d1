// Lays out the program of the image in a folder: the built package, and the packages that it needs at run time, as the lock file has them. The same
// sources give the same bytes, modes and times. The Dockerfile runs it, and so does a test that has no container engine.
//
// usage: node image/lay-out.mjs FOLDER [SOURCE]; SOURCE is a checkout that is installed and built, by default this one
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, utimesSync, chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Beside `lib/`. */
const OWN_FILES = ['package.json', 'LICENSE'];

/** What nobody reads at run time: types, source maps, descriptions of modules for other languages, tests of packages. */
const DEAD = /(?:\.d\.[cm]?ts|\.map|\.tsbuildinfo|\/\.jsii|\/tsconfig\.json|\.md)$/;
const LICENCE = /licen[cs]e|notice|copying/i;

/** Where the lock file has what a package at `from` means by a name; `undefined` for one that is optional and not there. */
function resolve(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
}

function needs({ dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers].filter((name) => !name.startsWith('@types/'));
}

/**
 * The folders of all packages that the program needs at run time, sorted.
 *
 * @param source a checkout that is installed
 */
export function runtimePackages(source) {
  const { packages } = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8'));
  const found = new Set();
  const waiting = [''];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    for (const name of needs(packages[from])) {
      const path = resolve(packages, name, from);
      // Optional ones are for other machines, or for other ways to be used.
      if (path === undefined || found.has(path) || !existsSync(join(source, path))) continue;
      found.add(path);
      waiting.push(path);
    }
  }
  return [...found].toSorted();
}

function copy(source, folder, path, filter = () => true) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  cpSync(join(source, path), join(folder, path), { recursive: true, dereference: true, filter });
}

/** No owner but the image's, no time but one, and no more rights than are needed. */
function settle(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const isFolder = lstatSync(path).isDirectory();
    if (isFolder) settle(path);
    chmodSync(path, isFolder || path.endsWith('/cli/cli.js') || path.endsWith('.sh') ? 0o755 : 0o644);
    utimesSync(path, 0, 0);
  }
}

function isAlive(file) {
  return !DEAD.test(file) || LICENCE.test(file);
}

/** Fills the folder, which is new. @returns the packages that it holds */
export function layOut(folder, source) {
  mkdirSync(folder, { recursive: true });
  for (const file of OWN_FILES) copy(source, folder, file);
  copy(source, folder, 'lib', (file) => !file.endsWith('.d.ts'));
  const packages = runtimePackages(source);
  for (const path of packages) {
    // Packages inside of it stand in the list by themselves.
    const inside = join(source, path, 'node_modules');
    copy(source, folder, path, (file) => isAlive(file) && !file.startsWith(inside));
  }
  settle(folder);
  return packages;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, source = join(dirname(fileURLToPath(import.meta.url)), '..')] = process.argv.slice(2);
  if (folder === undefined || existsSync(folder))
    throw new Error('usage: node image/lay-out.mjs FOLDER [SOURCE]; FOLDER must not be there');
  const packages = layOut(folder, source);
  process.stdout.write(`${folder}: ${packages.length} packages\n`);
}
