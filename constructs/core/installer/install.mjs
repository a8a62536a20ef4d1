// Installs packages onto the data volume before the agent starts. One argument: a JSON file with
//   volume       where the agent's state is mounted
//   prefix       where npm puts packages and their programs
//   name         of what this run keeps in the root of the volume: `.installed-NAME.json`, `.installing-NAME`
//   npm          the npm program of the image; application, the agent's
//   clawhub      the npm package that installs from ClawHub
//   waits        milliseconds between tries
//   entries      [{ kind: npm | clawhub | plugin, name, folder?, links? }]
// `folder` is the workspace of a skill, relative to the volume. `links` are links to programs of a package: [{ program, at }].
//
// What is there is not asked for again, so that a pod starts without a network. What cannot be had is tried again, and stops the pod with its
// name once all others are done; where an earlier one is there, that one serves. What the volume does not take, since something of the
// agent's own stands in the way or it is full, is left out, so that no state of it keeps a pod from starting. Lifecycle scripts never run.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Folder, isDeeper, reason, walk } from './volume.mjs';

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 10 * 60 * 1000;
const SHOWN_LINES = 15;
/** Settings of npm that nobody but this program sets, as npm reads their names. */
const OUR_SETTINGS = ['ignore-scripts', 'script-shell', 'prefix', 'global', 'location', 'globalconfig', 'userconfig', 'dry-run'];

/** In a folder of its own: the application takes the rights of others from the folder of its config, and `/tmp` is not its own. */
const OWN_CONFIG = '/tmp/installer/openclaw.json';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const volume = Folder.open(plan.volume);
const marker = `.installed-${plan.name}.json`;
const stage = `.installing-${plan.name}`;
const installed = installedBefore();

const say = (message) => console.error(`${plan.name}: ${message}`);

/** What earlier starts finished. A marker that cannot be read counts for nothing. */
function installedBefore() {
  try {
    const text = volume.read(marker, MAX_FILE_BYTES).toString();
    const list = isDeeper(text, 1) ? [] : JSON.parse(text);
    return new Set(Array.isArray(list) ? list.filter((key) => typeof key === 'string') : []);
  } catch {
    return new Set();
  }
}

function remember(key) {
  installed.add(key);
  const bytes = Buffer.from(`${JSON.stringify([...installed].sort(), null, 2)}\n`);
  if (!volume.holds(marker, bytes)) volume.replace(marker, bytes, 0o644, { folder: volume, name: `${marker}.next` });
}

function isOurSetting(variable) {
  const name = variable.toLowerCase().replaceAll('_', '-');
  return OUR_SETTINGS.some((setting) => name === `npm-config-${setting}`);
}

/** The environment of the programs that are run: the user's, without what could make them run something else. */
function environment() {
  const passed = Object.entries(process.env).filter(([name]) => !isOurSetting(name) && !/^(NODE_OPTIONS|LD_.*|BASH_ENV|ENV)$/.test(name));
  return {
    ...Object.fromEntries(passed),
    NPM_CONFIG_IGNORE_SCRIPTS: 'true',
    NPM_CONFIG_USERCONFIG: '/tmp/npmrc',
    NPM_CONFIG_GLOBALCONFIG: '/tmp/npmrc-global',
    NPM_CONFIG_FETCH_RETRIES: '0',
    CLAWHUB_DISABLE_TELEMETRY: '1',
    CLAWHUB_CONFIG_PATH: '/tmp/clawhub.json',
    // The installer notes down what it did in the config; the agent's own is none of its business.
    OPENCLAW_CONFIG_PATH: OWN_CONFIG,
    OPENCLAW_STATE_DIR: plan.volume,
  };
}

/** Runs a program of node. @throws with the end of what it said */
function run(args, cwd = '/tmp') {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd,
    env: environment(),
    encoding: 'utf8',
    input: '',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  const said = `${stdout ?? ''}${stderr ?? ''}`;
  if (status === 0 && error === undefined) return said;
  const lines = said.trim().split('\n').slice(-SHOWN_LINES);
  throw new Error([`ended with ${error?.code ?? signal ?? status}`, ...lines].join('\n  '));
}

function npm(...args) {
  return run([plan.npm, ...args, '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']);
}

function pause(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Failures that are the volume's, by the code of the system call. */
const OF_VOLUME = /\b(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|ENOTDIR|EISDIR|ENOTEMPTY|EEXIST|ELOOP)\b|^cannot be put to /;

/** Tries again after a while, but not what does not exist or does not fit. */
function persistently(what, attempt) {
  for (const wait of [...plan.waits, undefined]) {
    try {
      return attempt();
    } catch (error) {
      if (wait === undefined || /\bE404\b/.test(error.message) || OF_VOLUME.test(error.message)) throw error;
      say(`${what} failed and is tried again in ${wait / 1000} seconds: ${error.message.split('\n').at(-1).trim()}`);
      pause(wait);
    }
  }
  return undefined;
}

/** `@scope/name@1.2` is `@scope/name` and `1.2`. */
function parted(name) {
  const at = name.lastIndexOf('@');
  return at > 0 ? { name: name.slice(0, at), version: name.slice(at + 1) } : { name };
}

/** Whether a regular file stands at a path of a folder. */
function hasFile(folder, path) {
  const { folder: parent } = walk(folder, dirname(path));
  const isFile = parent?.stat(basename(path))?.isFile() === true;
  parent?.close();
  return isFile;
}

/** Removes what an earlier run left, and moves aside what cannot be removed. */
function removeStage() {
  try {
    rmSync(volume.at(stage), { recursive: true, force: true });
  } catch (error) {
    say(`${volume.moveAside(stage)} stays: ${reason(error)}`);
  }
}

/** An empty folder of ours on the volume, in which things are made before they are moved to their place at once. */
function emptyStage() {
  removeStage();
  mkdirSync(volume.at(stage));
  return join(plan.volume, stage);
}

/** Moves `from` of the stage to a path of the volume, in the place of what was there. */
function moveIntoPlace(from, path) {
  const { folder, fault } = walk(volume, dirname(path), { make: true });
  if (fault !== undefined) throw new Error(`cannot be put to ${path}: ${fault}`);
  const name = basename(path);
  if (folder.stat(name) !== undefined) renameSync(folder.at(name), join(plan.volume, stage, 'replaced'));
  renameSync(from, folder.at(name));
  folder.close();
}

/** A skill of ClawHub. With an owner it is `@owner/slug`; a bare slug has no `@`. */
class ClawHubSkill {
  constructor({ name, folder }) {
    const { name: slug, version } = parted(name);
    const bare = slug.replace(/^@/, '');
    this.slug = bare.includes('/') ? `@${bare}` : bare;
    this.version = version;
    this.path = `${folder}/skills/${this.slug}`;
    this.key = `clawhub ${folder} ${this.slug}${version === undefined ? '' : ` ${version}`}`;
  }

  isPresent() {
    return hasFile(volume, `${this.path}/SKILL.md`);
  }

  /** It is put there at once, so what is there is whole. */
  isInstalled() {
    return this.isPresent() && (this.version === undefined || installed.has(this.key));
  }

  install() {
    const work = emptyStage();
    const version = this.version === undefined ? [] : ['--version', this.version];
    run([clawhub(), '--workdir', work, '--no-input', 'install', this.slug, ...version], work);
    moveIntoPlace(join(work, 'skills', this.slug), this.path);
  }
}

let clawhubProgram;

/** The program that installs from ClawHub, got once a start. */
function clawhub() {
  if (clawhubProgram === undefined) {
    npm('install', '--no-save', '--prefix', '/tmp/clawhub', plan.clawhub);
    const folder = '/tmp/clawhub/node_modules/clawhub';
    clawhubProgram = join(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin.clawhub);
  }
  return clawhubProgram;
}

/** A package of npm, with its programs; one that is a plugin or a skill of the application serves as that too. */
class NpmPackage {
  constructor({ name, folder, links = [] }) {
    this.name = name;
    this.package = parted(name).name;
    this.folder = folder;
    this.links = links;
    this.key = `npm ${name}`;
  }

  get modules() {
    return join(plan.prefix, 'lib', 'node_modules');
  }

  isPresent() {
    if (!existsSync(this.modules)) return false;
    const modules = Folder.open(this.modules);
    const isThere = hasFile(modules, `${this.package}/package.json`);
    modules.close();
    return isThere;
  }

  isInstalled() {
    return installed.has(this.key) && this.isPresent();
  }

  install() {
    // Peers are left out: the application is one of them, and is there.
    npm('install', '--global', '--prefix', plan.prefix, '--legacy-peer-deps', this.name);
    if (this.folder !== undefined) this.offer();
  }

  offer() {
    const source = join(this.modules, this.package);
    const { openclaw } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    if (Array.isArray(openclaw?.extensions)) new Plugin({ name: `npm:${this.name}` }).install();
    if (!existsSync(join(source, 'SKILL.md'))) return;
    const copy = join(emptyStage(), 'skill');
    cpSync(source, copy, { recursive: true, filter: (path) => !path.slice(source.length).split('/').includes('node_modules') });
    moveIntoPlace(copy, `${this.folder}/skills/${basename(this.package)}`);
  }

  /** Links stand on a volume that is empty at each start. */
  afterwards() {
    for (const { program, at } of this.links) {
      rmSync(at, { force: true });
      symlinkSync(join(plan.prefix, 'bin', program), at);
    }
  }
}

let pluginHelp;

/** A plugin, by the application's own installer, once for each release of it: links to the application go stale. */
class Plugin {
  constructor({ name }) {
    this.name = name;
    const { version } = JSON.parse(readFileSync(join(dirname(plan.application), 'package.json'), 'utf8'));
    this.key = `plugin ${name} for ${version}`;
  }

  isPresent() {
    return [...installed].some((key) => key.startsWith(`plugin ${this.name} for `));
  }

  isInstalled() {
    return installed.has(this.key);
  }

  install() {
    if (!existsSync(OWN_CONFIG)) {
      mkdirSync(dirname(OWN_CONFIG), { recursive: true, mode: 0o700 });
      writeFileSync(OWN_CONFIG, '{}\n');
    }
    pluginHelp ??= run([plan.application, 'plugins', 'install', '--help']);
    // Early releases know neither the flags nor the prefix, and nothing but npm.
    const flags = ['--force', '--accept-capabilities'].filter((flag) => pluginHelp.includes(flag));
    const source = pluginHelp.includes('clawhub:') ? this.name : this.name.replace(/^npm:/, '');
    if (source.startsWith('clawhub:') && !pluginHelp.includes('clawhub:'))
      throw new Error('this release of the application installs plugins from npm alone: write npm:PACKAGE');
    run([plan.application, 'plugins', 'install', ...flags, source]);
  }
}

const KINDS = { clawhub: ClawHubSkill, npm: NpmPackage, plugin: Plugin };

/** @returns whether the entry is there */
function have(entry) {
  const wanted = new KINDS[entry.kind](entry);
  try {
    if (!wanted.isInstalled()) {
      say(`installing ${entry.name}`);
      persistently(entry.name, () => wanted.install());
      remember(wanted.key);
    }
  } catch (error) {
    if (!wanted.isPresent()) {
      const isLeftOut = OF_VOLUME.test(error.message);
      say(
        `${isLeftOut ? 'left out' : 'could not install'} ${entry.name}: ${isLeftOut ? '' : "check its name and the pod's network\n  "}${error.message}`,
      );
      return isLeftOut;
    }
    say(`could not install ${entry.name}, and the one that is there serves\n  ${error.message}`);
  }
  wanted.afterwards?.();
  return true;
}

const results = plan.entries.map(have);
if (volume.stat(stage) !== undefined) removeStage();
if (results.includes(false)) process.exit(1);
