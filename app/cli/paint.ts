/** Gives a word its colour. */
export type Paint = (word: 'error' | 'warning' | 'note') => string;

const COLORS = { error: 31, warning: 33, note: 36 } as const;

export const plainPaint: Paint = (word) => word;

/** For a terminal: red, yellow, cyan, and bold. */
export const terminalPaint: Paint = (word) => `\u001B[1;${COLORS[word]}m${word}\u001B[0m`;
