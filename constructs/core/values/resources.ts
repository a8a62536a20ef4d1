import type { Quantity, ResolvedComputeAmounts, ResourceRequirements } from '../../../imports/types';
import { type CelQuantity, parseQuantity } from '../../schema/cel/functions/quantities';
import { quote } from '../../schema/quote';
import { type Issue, warning } from '../../spec/issue';
import { qualifiedName } from './forms';
import { Mistakes } from './mistakes';

const resources = new Mistakes('values/resources');

type Amounts = Readonly<Record<string, Quantity>>;

const COMPUTE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Resources that are counted in bytes. */
const BYTES = new Set(['memory', 'ephemeral-storage', 'storage']);

/** A quantity keeps billionths. */
const ONE = 1_000_000_000n;

/** The schema takes no longer amount. */
const LONGEST = 64;

/** How much an amount is; `undefined` for what is none, which the schema tells. */
export function sizeOf(amount: Quantity | undefined): CelQuantity | undefined {
  const text = String(amount ?? '');
  return text.length > LONGEST ? undefined : parseQuantity(text);
}

/** As Kubernetes rounds it, to thousandths; `0.3Gi` is none. */
function isWhole({ billionths }: CelQuantity): boolean {
  const thousandths = (billionths + 999_999n) / 1_000_000n;
  return thousandths % 1000n === 0n;
}

/** Warns of a size that is no whole number of bytes, as the API server does: it stores `0.3Gi` as `322122547200m`. */
export function* fractionalBytes(amount: Quantity | undefined, path: string): Iterable<Issue> {
  const size = sizeOf(amount);
  if (size === undefined || isWhole(size)) return;
  yield warning(
    path,
    'values/fractional-bytes',
    `${quote(amount)} is no whole number of bytes: write a smaller unit, such as ${inSmallerUnit(size)}`,
  );
}

function inSmallerUnit({ billionths }: CelQuantity): string {
  const mebibyte = ONE * 1024n * 1024n;
  if (billionths >= 16n * mebibyte) return `${billionths / mebibyte}Mi`;
  return String(billionths / ONE + 1n);
}

/** The same for each such amount of a list of resources. */
export function* fractionalAmounts(amounts: Amounts | ResolvedComputeAmounts | undefined, path: string): Iterable<Issue> {
  for (const [name, amount] of Object.entries<Quantity>({ ...amounts })) {
    if (BYTES.has(name)) yield* fractionalBytes(amount, `${path}.${name}`);
  }
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Kubernetes' own resources, and those that have a domain. */
function nameMistake(name: string): string | undefined {
  if (COMPUTE.has(name) || isHugePages(name)) return undefined;
  const isExtended = name.includes('/') && !name.startsWith('requests.') && qualifiedName(name) === undefined;
  return isExtended
    ? undefined
    : `${quote(name)} is no resource of a container: cpu, memory, ephemeral-storage, hugepages-SIZE, or a name with a domain`;
}

function* amountMistakes(amounts: Amounts, path: string): Iterable<Issue> {
  for (const [name, amount] of Object.entries(amounts)) {
    const [place, mistake, size] = [`${path}[${name}]`, nameMistake(name), sizeOf(amount)];
    if (mistake !== undefined) yield resources.at(place, mistake);
    else if (size === undefined) continue;
    else if (size.billionths < 0n) yield resources.at(place, `must not be negative, as ${quote(amount)} is`);
    else if (isHugePages(name) && !fillsPages(name, size)) yield resources.at(place, `${quote(amount)} is no whole number of ${name}`);
    else if (cannotOvercommit(name) && !isWhole(size)) yield resources.at(place, `must be a whole number, not ${quote(amount)}`);
  }
}

function fillsPages(name: string, { billionths }: CelQuantity): boolean {
  const page = parseQuantity(name.slice('hugepages-'.length))?.billionths ?? 0n;
  return page > 0n && billionths % page === 0n;
}

/** What no node gives twice: of such a resource request and limit are the same. */
function cannotOvercommit(name: string): boolean {
  return isHugePages(name) || (name.includes('/') && !name.split('/')[0]?.endsWith('kubernetes.io'));
}

function* pairMistakes(requests: Amounts, limits: Amounts, path: string): Iterable<Issue> {
  for (const [name, request] of Object.entries(requests)) {
    const [least, most] = [sizeOf(request), sizeOf(limits[name])];
    if (nameMistake(name) !== undefined || least === undefined) continue;
    if (most === undefined) {
      if (cannotOvercommit(name)) yield resources.at(`${path}.limits`, `${name} needs a limit that is equal to its request`);
    } else if (cannotOvercommit(name) && least.billionths !== most.billionths) {
      yield resources.at(`${path}.requests`, `${name} must be equal to its limit of ${quote(limits[name])}, not ${quote(request)}`);
    } else if (least.billionths > most.billionths) {
      yield resources.at(`${path}.requests`, `${name} must not be above its limit of ${quote(limits[name])}, as ${quote(request)} is`);
    }
  }
}

/** Requests and limits of a container as a user wrote them. */
export function* resourceMistakes({ requests = {}, limits = {}, claims = [] }: ResourceRequirements, path: string): Iterable<Issue> {
  yield* amountMistakes(requests, `${path}.requests`);
  yield* amountMistakes(limits, `${path}.limits`);
  yield* pairMistakes(requests, limits, path);
  const names = Object.keys({ ...requests, ...limits });
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')) {
    yield resources.at(path, 'hugepages need cpu or memory beside them');
  }
  for (const index of claims.keys()) {
    yield resources.at(`${path}.claims[${index}]`, 'is not among the resource claims of the pod, which has none: remove it');
  }
  yield* fractionalAmounts(requests, `${path}.requests`);
  yield* fractionalAmounts(limits, `${path}.limits`);
}
