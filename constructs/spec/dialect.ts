/**
 * OpenClaw reads two dialects of openclaw.json. Release 2026.8.1 retired many keys, and one unknown key stops the application, so the
 * config is written for the release that runs it.
 */
export type Dialect = 'before-2026.8' | 'since-2026.8';

/**
 * Seconds that a release wants to end by itself, and no less: from 2026.8 on it lets running work finish for up to 315 of 325 seconds and
 * asks its supervisor for 5 more. Before, it ends after 5 to 25.
 */
export const endingSeconds: Readonly<Record<Dialect, number>> = { 'before-2026.8': 30, 'since-2026.8': 330 };

/** Calendar versions: `2026.8.1`, `2026.7.1-2`, `2026.9.0-beta.1`. */
const RELEASE = /^(\d{4})\.(\d{1,2})\.(\d+)(?:-.+)?$/;

/**
 * Whether a release is of a month of a year, or later. Anything that is not a calendar version (`latest`, `0.5.0`, a digest alone) is.
 *
 * @param version the image tag, or what annotation `openclaw.rocks/app-version` states
 */
export function isSince(version: string | undefined, year: number, month: number): boolean {
  const [, ofYear, ofMonth] = RELEASE.exec(version ?? '') ?? [];
  return ofYear === undefined || Number(ofYear) > year || (Number(ofYear) === year && Number(ofMonth) >= month);
}

/** The dialect of a release, of which {@link isSince} tells. */
export function dialectOf(version: string | undefined): Dialect {
  return isSince(version, 2026, 8) ? 'since-2026.8' : 'before-2026.8';
}
