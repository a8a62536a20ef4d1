import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** One OpenClaw release that `install.mjs` can put on this machine. */
export interface Release {
  readonly version: string;
  /** Folder of the install: `node_modules`, `.stamp.json`. */
  readonly folder: string;
  /** The node binary that runs it; not the one that runs the tests. */
  readonly node: string;
  /** The command's entry file, the first argument to `node`. */
  readonly entry: string;
  /** Has `config validate --json` (from 2026.3.2 on). */
  readonly hasValidateCommand: boolean;
  /** Has `/healthz` and `/readyz` (from 2026.3.1 on); before, every GET is answered with a page. */
  readonly hasHealthEndpoints: boolean;
  /** Installed as releases.json says; if not, why. */
  readonly missing: string | undefined;
}

interface Pins {
  readonly node: { readonly version: string };
  /** Dependencies are taken as they were at this date. */
  readonly before: string;
  readonly releases: readonly Pin[];
}

interface Pin {
  readonly version: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

const ROOT = join(process.env['OPENCLAW_CACHE'] || join(homedir(), '.cache', 'openclaw-cdk8s'), 'openclaw');
const PINS: Pins = JSON.parse(readFileSync(join(__dirname, 'releases.json'), 'utf8'));
const NODE_FOLDER = join(ROOT, `node-${PINS.node.version}`);
export const NODE = join(NODE_FOLDER, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
const NGINX = '/usr/sbin/nginx';

/** Year, month and day order as calendar versions have it; a suffix does not matter here. */
function isAtLeast(version: string, year: number, month: number, day: number): boolean {
  const [y = 0, m = 0, d = 0] = version.split(/[.-]/).map(Number);
  return y * 10_000 + m * 100 + d >= year * 10_000 + month * 100 + day;
}

/** The same text as `stampOf` in install.mjs. */
function hasStamp(folder: string, pin: Pin): boolean {
  const stamp = join(folder, '.stamp.json');
  const wanted = `${JSON.stringify({ packages: pin.packages, overrides: pin.overrides, before: PINS.before })}\n`;
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

function whyMissing(folder: string, pin: Pin): string | undefined {
  if (!existsSync(NODE)) return `no node ${PINS.node.version} in ${NODE_FOLDER}, run: node test/openclaw/install.mjs`;
  if (!hasStamp(folder, pin)) return `OpenClaw ${pin.version} is not in ${folder}, run: node test/openclaw/install.mjs`;
  return undefined;
}

function toRelease(pin: Pin): Release {
  // As install.mjs names it: what npm brings depends on the node that runs it.
  const folder = join(ROOT, `${pin.version}-node-${PINS.node.version}`);
  return {
    version: pin.version,
    folder,
    node: NODE,
    entry: join(folder, 'node_modules', 'openclaw', 'openclaw.mjs'),
    hasValidateCommand: isAtLeast(pin.version, 2026, 3, 2),
    hasHealthEndpoints: isAtLeast(pin.version, 2026, 3, 1),
    missing: whyMissing(folder, pin),
  };
}

/** Every release of releases.json, oldest first, installed or not. */
export const RELEASES: readonly Release[] = PINS.releases.map(toRelease);

/** Why nginx cannot be run here, or undefined. */
export const MISSING_NGINX: string | undefined = existsSync(NGINX) ? undefined : `no ${NGINX}, install Debian's package nginx-light`;

/** @throws when releases.json does not name the version. */
export function releaseOf(version: string): Release {
  const found = RELEASES.find((release) => release.version === version);
  if (found === undefined) throw new Error(`releases.json: no release ${version}`);
  return found;
}

/**
 * `describe` for tests that need parts which `npm ci` does not bring. `missing` holds one reason for each part that is not there.
 * With one, the tests are skipped and the title says why; on a CI machine (`CI=true`) they fail instead, for it must skip none.
 */
export function describeWith(title: string, missing: readonly (string | undefined)[], body: () => void): void {
  const reasons = missing.filter((reason) => reason !== undefined);
  if (reasons.length === 0) {
    describe(title, body);
  } else if (process.env['CI'] === 'true') {
    describe(title, () => {
      test('has the parts it needs', () => {
        throw new Error(reasons.join('; '));
      });
    });
  } else {
    process.stderr.write(`skipped: ${title}: ${reasons.join('; ')}\n`);
    describe.skip(`${title} (skipped: ${reasons.join('; ')})`, body);
  }
}
