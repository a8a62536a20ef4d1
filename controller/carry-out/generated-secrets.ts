import { randomBytes } from 'node:crypto';
import { hash } from 'bcryptjs';
import type { GeneratedKey, GeneratedSecret } from '../../constructs';

/** As many rounds as the Apache tools use; the passwords are random, so more would only cost time. */
const BCRYPT_ROUNDS = 10;

function simpleValue(recipe: GeneratedKey): string | undefined {
  if ('literal' in recipe) return recipe.literal;
  if ('randomBytes' in recipe) return randomBytes(recipe.randomBytes).toString('hex');
  return undefined;
}

/**
 * Values for the missing keys of a generated Secret.
 *
 * A key that is made of another one (a password hash) is made of the present value where that is kept.
 *
 * @param present values that stay
 * @returns what to write; keys that are present are not in it
 */
export async function fillSecret({ keys }: GeneratedSecret, present: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const filled: Record<string, string> = {};
  const missing = Object.entries(keys).filter(([key]) => !present[key]);
  for (const [key, recipe] of missing) {
    const value = simpleValue(recipe);
    if (value !== undefined) filled[key] = value;
  }
  for (const [key, recipe] of missing) {
    if (!('htpasswd' in recipe)) continue;
    const { user, passwordKey } = recipe.htpasswd;
    const password = filled[passwordKey] ?? present[passwordKey];
    if (password === undefined) throw new Error(`the recipe for key "${key}" needs key "${passwordKey}", which has none`);
    filled[key] = `${user}:${await hash(password, BCRYPT_ROUNDS)}`;
  }
  return filled;
}
