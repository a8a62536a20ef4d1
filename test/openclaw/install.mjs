/**
 * Installs the OpenClaw releases that the tests run, each in a folder of its own:
 *
 *     node test/openclaw/install.mjs [VERSION...]
 *
 * They go to ${OPENCLAW_CACHE:-$HOME/.cache/openclaw-cdk8s}/openclaw/<version>-node-<version>, the node that runs them to .../openclaw/node-<version>.
 * About 1.8 GB and two to four minutes for all; nothing to do when they are there already.
 *
 * A folder appears under its final name in one rename, with a stamp that says what is in it: an install that was cut short leaves only a
 * `.partial` folder, which the next run removes, and a changed pin installs anew.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pins = JSON.parse(readFileSync(join(import.meta.dirname, 'releases.json'), 'utf8'));
const root = join(process.env.OPENCLAW_CACHE || join(homedir(), '.cache', 'openclaw-cdk8s'), 'openclaw');

/** What has to stand in `.stamp.json` of a folder; releases.ts compares with the same text. */
const stampOf = ({ packages, overrides }) => `${JSON.stringify({ packages, overrides, before: pins.before })}\n`;

const nodePackage = `node-${process.platform}-${process.arch}`;
const nodeFolder = `node-${pins.node.version}`;
const parts = [
  {
    folder: nodeFolder,
    packages: { [nodePackage]: pins.node.version },
    overrides: {},
  },
  ...pins.releases.map((release) => ({ folder: `${release.version}-${nodeFolder}`, ...release })),
];

function isInstalled(part) {
  const stamp = join(root, part.folder, '.stamp.json');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === stampOf(part);
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Removes what an install that was killed has left; one that still runs keeps its folder. */
function removePartials() {
  for (const name of readdirSync(root)) {
    const pid = /\.partial-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Puts the finished folder in place. Another install may have been faster: then its folder stays, being the same. */
function moveIntoPlace(part, partial) {
  const target = join(root, part.folder);
  if (!isInstalled(part)) {
    rmSync(target, { recursive: true, force: true });
    try {
      renameSync(partial, target);
      return;
    } catch (error) {
      if (!isInstalled(part)) throw error;
    }
  }
  rmSync(partial, { recursive: true, force: true });
}

// npm leaves out optional packages that are not for the node that runs it. A release without its native ones starts, and cannot move older data.
const ownNode = join(root, nodeFolder, 'node_modules', nodePackage, 'bin');
const path = [ownNode, process.env.PATH].join(delimiter);

async function install(part) {
  const partial = join(root, `${part.folder}.partial-${process.pid}`);
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, 'package.json'), JSON.stringify({ private: true, dependencies: part.packages, overrides: part.overrides }));
  // `--before` pins what the packages depend on: nothing published later is taken.
  const flags = [
    `--before=${pins.before}`,
    '--ignore-scripts',
    '--omit=peer',
    '--engine-strict=false',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  try {
    await run('npm', ['install', ...flags], { cwd: partial, env: { ...process.env, PATH: path }, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw new Error(`${part.folder}: npm install failed: ${error.stderr || error.message}`, {
      cause: error,
    });
  }
  // What its own script after an install does; it is left to the first start, and in a pod nothing can be written then.
  if (part.version !== undefined)
    await run(join(ownNode, 'node'), [join(partial, 'node_modules', 'openclaw', 'openclaw.mjs'), '--version']);
  writeFileSync(join(partial, '.stamp.json'), stampOf(part));
  moveIntoPlace(part, partial);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((version) => !pins.releases.some((release) => release.version === version));
if (unknown.length > 0) {
  console.error(`no such release in releases.json: ${unknown.join(', ')}`);
  process.exit(2);
}

mkdirSync(root, { recursive: true });
removePartials();
const missing = parts.filter((part) => {
  const isWanted = wanted.length === 0 || part.folder === nodeFolder || wanted.includes(part.version);
  return isWanted && !isInstalled(part);
});
for (const part of missing) {
  const start = Date.now();
  console.error(`installing ${part.folder} ...`);
  await install(part);
  console.error(`installed ${part.folder} in ${Math.round((Date.now() - start) / 1000)} s`);
}
console.error(`OpenClaw releases are in ${root}${missing.length > 0 ? '' : ': nothing to do'}`);
