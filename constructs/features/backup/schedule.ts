import type * as CronParser from 'cron-parser';

/** What the CronJob controller knows beside five fields. */
const WORDS: ReadonlySet<string> = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** A span as Go writes it: `@every 1h30m`. */
const EVERY = /^@every ([0-9]{1,6}([.][0-9]{1,6})?(h|m|s|ms))+$/;

/** Cron of other programs: last days, weekdays, hashes. */
const OTHER_DIALECT = /[LWH#]/;

/** Names of months and days, which have letters of other dialects in them. */
const NAMES = /JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT/g;

/** What is to be said of a schedule. */
export interface ScheduleFinding {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

function refused(message: string): ScheduleFinding {
  return { severity: 'error', message };
}

/** Loaded late: few instances have a schedule, and it brings a library for dates. */
function parser(): typeof CronParser {
  return require('cron-parser') as typeof CronParser;
}

/** The dialect of the CronJob controller, before cron-parser reads the fields: it takes more than that one. */
function dialectMistake(fields: readonly string[]): string | undefined {
  if (fields.length !== 5) {
    return `has ${fields.length} fields where a CronJob has five: write minute, hour, day of month, month and day of week, such as "0 2 * * *"`;
  }
  const plain = fields.join(' ').toUpperCase().replace(NAMES, '');
  if (OTHER_DIALECT.test(plain)) return 'has L, W, H or #, which a CronJob does not know: write numbers, names, "*", "-", "," and "/"';
  if (/(^|[-,])0*7(?![0-9])/.test(fields[4] ?? '')) return 'has day 7, which a CronJob does not know: write 0 or SUN for Sunday';
  return undefined;
}

/** As the CronJob controller reads it. `undefined` where nothing is to be said. */
export function scheduleFinding(schedule: string): ScheduleFinding | undefined {
  const text = schedule.trim();
  if (/^(CRON_)?TZ=/.test(text)) return refused('must not name a time zone: backups are scheduled in UTC');
  if (text.startsWith('@')) {
    if (WORDS.has(text) || EVERY.test(text)) return undefined;
    return refused(`${JSON.stringify(text)} is not known: write ${[...WORDS].join(', ')}, @every 6h, or five fields such as "0 2 * * *"`);
  }
  const mistake = dialectMistake(text.split(/\s+/).filter((field) => field !== ''));
  if (mistake !== undefined) return refused(mistake);
  return parsed(text);
}

/** No date of a month that has none: cron-parser refuses it, a CronJob takes it and never runs. */
function parsed(text: string): ScheduleFinding | undefined {
  try {
    parser().CronExpressionParser.parse(text, { tz: 'UTC' });
    return undefined;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (/explicit day of month|loop limit/i.test(message)) {
      return { severity: 'warning', message: 'names a day that never comes, so no backup is ever made: choose another day or month' };
    }
    return refused(`cannot be read (${message}): write five fields such as "0 2 * * *"`);
  }
}
