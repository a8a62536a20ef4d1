/** Whether the long tests run in their long form: `npm run test:long` sets LONG_TESTS. */
export const isLong = Boolean(process.env['LONG_TESTS']);

/**
 * The size of a test that has a short form, for every change, and a long one, for `npm run test:long`: how often something random is
 * tried, at how many places something is cut. A test that asks for its size here belongs to the long ones by that alone.
 */
export function size(short: number, long: number): number {
  return isLong ? long : short;
}
