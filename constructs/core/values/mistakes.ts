import { type Issue, error } from '../../spec/issue';
import type { Form } from './forms';

/**
 * What looks for mistakes in one kind of value. Mistakes are told with the name of the rule and the path of the field.
 *
 * @param rule the rule of the catalogue: `values/port`
 */
export class Mistakes {
  public constructor(private readonly rule: string) {}

  public at(path: string, message: string): Issue {
    return error(path, this.rule, message);
  }

  /** A text of the wrong form. A missing one is somebody else's to tell. */
  public *form(path: string, text: string | undefined, form: Form): Iterable<Issue> {
    const mistake = text === undefined ? undefined : form(text);
    if (mistake !== undefined) yield this.at(path, mistake);
  }

  /** A text that has to be there, of a form. */
  public *required(path: string, text: string | undefined, form?: Form): Iterable<Issue> {
    if (text === undefined || text === '') yield this.at(path, 'must not be empty');
    else if (form !== undefined) yield* this.form(path, text, form);
  }

  /** A text that is handed to a process. The server takes a NUL in it; the kernel ends the text there, so no container would start. */
  public *processText(path: string, text: string | undefined): Iterable<Issue> {
    if (text?.includes('\0')) yield this.at(path, 'holds a NUL character, with which no container starts: remove it');
  }

  /** A number outside of what is allowed. */
  public *range(path: string, value: number | undefined, least: number, most: number): Iterable<Issue> {
    if (value !== undefined && (value < least || value > most)) yield this.at(path, `must be from ${least} to ${most}, not ${value}`);
  }

  /** A port as a number or, by its name, as a text. */
  public *port(path: string, port: number | string | undefined, form: Form): Iterable<Issue> {
    if (typeof port === 'number') yield* this.range(path, port, 1, 65535);
    else yield* this.form(path, port, form);
  }

  /**
   * Of several fields that exclude each other not exactly one.
   *
   * @param fields names of the fields that are set
   * @param what what they are: `source`, `handler`
   */
  public *oneOf(path: string, fields: readonly string[], what: string, choices: string): Iterable<Issue> {
    if (fields.length === 0) yield this.at(path, `has no ${what}: write one of ${choices}`);
    else if (fields.length > 1) yield this.at(`${path}.${fields[1]}`, `is a second ${what} beside ${fields[0]}: remove one of them`);
  }

  /** Entries of a list that has room for one of a kind. */
  public *unique<T>(entries: readonly T[], keyOf: (entry: T) => string | undefined, pathOf: (index: number) => string): Iterable<Issue> {
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const key = keyOf(entry);
      if (key === undefined) continue;
      if (seen.has(key)) yield this.at(pathOf(index), `stands twice: ${key}`);
      seen.add(key);
    }
  }
}

/** The fields of an object that are set. */
export function fieldsOf(object: object): string[] {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name]) => name);
}
