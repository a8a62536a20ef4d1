import JSON5 from 'json5';
import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { type JsonObject, isObject } from '../../spec/json';
import type { Facts } from '../../spec/facts';
import { DEEPEST, tooDeepPath } from '../../spec/depth';
import { type Issue, type PathStep, error, errorOutside, fieldPath } from '../../spec/issue';

/** The document that a user wrote for openclaw.json, or why there is none. */
export interface BaseConfig {
  readonly config: JsonObject;
  readonly issues: readonly Issue[];
}

/**
 * The base of openclaw.json: the text of the referenced ConfigMap, else `config.raw`, else an empty document.
 *
 * JSON5 is parsed here and never in the pod, so that a pod needs no registry to start and every part can add its defaults.
 */
export function baseConfig({ config }: ResolvedOpenClawInstanceSpec, facts: Facts): BaseConfig {
  const { configMapRef, raw } = config;
  if (configMapRef === undefined) return finite(raw ?? {}, 'spec.config.raw', error);
  const text = facts.configMaps?.get(configMapRef.name)?.data[configMapRef.key];
  if (text !== undefined) return parseConfig(text, config.format);
  const known = facts.configMaps?.has(configMapRef.name);
  return failed(
    known
      ? errorOutside(
          'spec.config.configMapRef.key',
          'config/key-missing',
          `ConfigMap "${configMapRef.name}" has no key "${configMapRef.key}": add it, or name another key`,
        )
      : errorOutside(
          'spec.config.configMapRef.name',
          'config/map-missing',
          `ConfigMap "${configMapRef.name}" was not found: create it in the instance's namespace, put it among the files of synth, or into configMaps of the construct`,
        ),
  );
}

function parseConfig(text: string, format: 'json' | 'json5'): BaseConfig {
  try {
    const config = (format === 'json5' ? JSON5.parse(text) : JSON.parse(text)) as unknown;
    if (tooDeepPath(config)) {
      return failed(
        errorOutside(
          'spec.config.configMapRef',
          'config/depth',
          `the referenced text goes more than ${DEEPEST} levels deep: make it flatter`,
        ),
      );
    }
    if (isObject(config)) return finite(config, 'spec.config.configMapRef', errorOutside);
    return failed(errorOutside('spec.config.configMapRef', 'config/not-an-object', 'the referenced text must hold one JSON object'));
  } catch {
    return failed(
      errorOutside('spec.config.configMapRef', 'config/syntax', `the referenced text is not ${format}${faultOf(text, format)}`),
    );
  }
}

/**
 * Where the fault is and what to do. The parser's own message quotes the text, and configs hold things that must not reach a log; JSON's does
 * not even say where.
 */
function faultOf(text: string, format: 'json' | 'json5'): string {
  try {
    JSON5.parse(text);
    return format === 'json' ? ' but JSON5, with comments or the like: set config.format to json5' : ': mend it';
  } catch (cause) {
    const { lineNumber, columnNumber } = cause as { lineNumber?: number; columnNumber?: number };
    return lineNumber === undefined ? ': mend it' : `: mend it at line ${lineNumber}, column ${columnNumber}`;
  }
}

/** Numbers that JSON cannot write, such as 1e400 or JSON5's NaN, would become null without a word. */
function finite(config: JsonObject, path: string, found: typeof error): BaseConfig {
  const place = infiniteAt(config);
  if (place === undefined) return { config, issues: [] };
  const message = `the number at ${fieldPath(place)} of openclaw.json is beyond what JSON can write: choose a smaller one, or put it in quotes`;
  return failed(found(path, 'config/number', message));
}

/** The steps to the first such number. The depth of `value` is bounded. */
function infiniteAt(value: unknown): PathStep[] | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : [];
  if (typeof value !== 'object' || value === null) return undefined;
  for (const key of Object.keys(value)) {
    const below = infiniteAt((value as JsonObject)[key]);
    if (below !== undefined) return [Array.isArray(value) ? Number(key) : key, ...below];
  }
  return undefined;
}

function failed(issue: Issue): BaseConfig {
  return { config: {}, issues: [issue] };
}
