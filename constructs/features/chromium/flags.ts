/** What the browser is started with unless the user says otherwise. The container is its sandbox, and it has no GPU. */
const DEFAULT_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-software-rasterizer',
  '--disable-blink-features=AutomationControlled',
  '--disable-features=AutomationControlled',
  '--no-first-run',
  '--disable-oom-score-adj',
];

/** The text before `=`. */
function nameOf(flag: string): string {
  return flag.split('=', 1)[0] ?? flag;
}

const DEFAULTS_BY_NAME: readonly (readonly [string, string])[] = DEFAULT_FLAGS.map((flag) => [nameOf(flag), flag]);

/** The default flags with the user's: one of the same name takes the place of ours, any other one follows. */
export function mergeFlags(extra: readonly string[]): string[] {
  const flags = new Map(DEFAULTS_BY_NAME);
  for (const flag of extra) flags.set(nameOf(flag), flag);
  return [...flags.values()];
}
