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
 * The dialect of a release. Anything that is not a calendar version (`latest`, `0.5.0`, a digest alone) means the newest dialect.
 *
 * @param version the image tag, or what annotation `openclaw.rocks/app-version` states
 */
export function dialectOf(version: string | undefined): Dialect {
  const match = RELEASE.exec(version ?? '');
  if (!match) return 'since-2026.8';
  const [year, month] = [Number(match[1]), Number(match[2])];
  return year < 2026 || (year === 2026 && month < 8) ? 'before-2026.8' : 'since-2026.8';
}
