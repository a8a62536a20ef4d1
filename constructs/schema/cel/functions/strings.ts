import { re2 } from '../../regular-expression';
import type { Environment } from '../library';

/** Kubernetes' functions on texts that the library lacks, and those it has otherwise (see `renameCalls`). */
export function addStrings(environment: Environment): void {
  environment
    .registerFunction('string.matchesKubernetes(string): bool', matches)
    .registerFunction('matches(string, string): bool', matches)
    .registerFunction('string.lowerAsciiKubernetes(): string', (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()))
    .registerFunction('string.upperAsciiKubernetes(): string', (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()))
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => text.replaceAll(from, () => to))
    .registerFunction('string.replace(string, string, int): string', replaceSome)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => find(text, pattern, 1)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => find(text, pattern, -1))
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, most: bigint) =>
      find(text, pattern, Number(most)),
    );
}

function matches(text: string, pattern: string): boolean {
  return re2(pattern).test(text);
}

function charAt(text: string, index: bigint): string {
  const signs = Array.from(text);
  if (index < 0n || index > signs.length) throw new Error(`index out of range: ${index}`);
  return signs[Number(index)] ?? '';
}

/** @param count how many to replace; below zero all */
function replaceSome(text: string, from: string, to: string, count: bigint): string {
  let left = count < 0n ? Infinity : Number(count);
  return text.replaceAll(from, () => (left-- > 0 ? to : from));
}

/** @param most how many to find at most; below zero all */
function find(text: string, pattern: string, most: number): string[] {
  if (most === 0) return [];
  const expression = re2(pattern);
  const found: string[] = [];
  for (const [match] of text.matchAll(new RegExp(expression.source, `${expression.flags}g`))) {
    found.push(match);
    if (found.length === most) break;
  }
  return found;
}
