/** A release of OpenClaw, as the tag of an image tells it. */
export interface Release {
  readonly tag: string;
  /** Year, month, patch, and the number of a release made anew: `2026.7.1-2` comes after `2026.7.1`. */
  readonly order: readonly [number, number, number, number];
  /** What kind of image it is, such as `slim`; empty for the plain one. */
  readonly variant: string;
}

/** A calendar version. A number behind a dash is a release made anew; a word is a variant of the image, or a release that is not out yet. */
const TAG = /^(\d{4})\.(\d{1,2})\.(\d{1,9})(?:-(\d{1,9}))?(?:-([a-z][a-z0-9.-]{0,63}))?$/;

/** Words of releases that are tried out before they are released. */
const UNRELEASED = /^(?:alpha|beta|rc|pre|preview|canary|dev|next|nightly|test|snapshot)(?:$|[.\d-])/;

/** @returns `undefined` for a tag that is no release: `latest`, a digest, `0.5.0`, `2026.9.0-beta.1` */
export function releaseOf(tag: string): Release | undefined {
  const match = TAG.exec(tag);
  if (match === null) return undefined;
  const [, year, month, patch, anew = '0', variant = ''] = match;
  if (UNRELEASED.test(variant)) return undefined;
  return { tag, order: [Number(year), Number(month), Number(patch), Number(anew)], variant };
}

/** Below zero where `one` came before `other`. */
export function compareReleases({ order: one }: Release, { order: other }: Release): number {
  for (const [index, part] of one.entries()) if (part !== other[index]) return part - (other[index] ?? 0);
  return 0;
}

/** Whether a tag is a release that came after that of another one. What is no release is neither newer nor older. */
export function isNewer(tag: string, than: string): boolean {
  const [one, other] = [releaseOf(tag), releaseOf(than)];
  return one !== undefined && other !== undefined && compareReleases(one, other) > 0;
}

/** The newest release among tags, of the same variant as the current one. */
export function newestOf(tags: readonly string[], current: string): string | undefined {
  const variant = releaseOf(current)?.variant ?? '';
  const releases = tags.flatMap((tag) => releaseOf(tag) ?? []).filter((release) => release.variant === variant);
  return releases.toSorted(compareReleases).at(-1)?.tag;
}
