import type { Plan } from '../../constructs/review/plan';
import { summaryLines } from '../../constructs/review/plan-summary';
import type { Risk } from '../../constructs/review/risks';

/** What a wish changes in the cluster, short enough for a status. */
export interface PlanNote {
  /** As `openclaw-cdk8s plan` prints it for the same change. */
  readonly hash: string;
  readonly risks: readonly Risk[];
  /** A line an object. */
  readonly lines: readonly string[];
}

/** Lines that a condition has room for. */
const MOST_LINES = 5;

/** The same in one line. */
export function shortOf(lines: readonly string[]): string {
  const told = lines.slice(0, MOST_LINES).map((line) => line.replaceAll(/ +/g, ' '));
  return [...told, ...(lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : [])].join('; ');
}

/** `undefined` where no object changes: files of Git mode alone do. */
export function planNote({ instances, risks, hash }: Plan): PlanNote | undefined {
  if (instances.length === 0) return undefined;
  return { hash, risks, lines: instances.flatMap(summaryLines) };
}
