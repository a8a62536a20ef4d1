import type { ObjectOutcome } from '../decide/outcome';
import type { Kind } from '../../constructs/wire/kinds';
import { refText } from '../../constructs/wire/object-ref';
import { idAt, type StatusView } from './status-input';
import { failureText } from './text';

/** A failure in words. */
export interface ToldFailure {
  readonly reason: string;
  readonly text: string;
}

function told(result: ObjectOutcome, home: string): ToldFailure | undefined {
  if (result.action === 'foreign') return { reason: 'ObjectNotOurs', text: result.message };
  if (result.action !== 'failed') return undefined;
  return { reason: 'ApplyFailed', text: failureText(refText(result, home), result.failure) };
}

function isTransient(result: ObjectOutcome): boolean {
  return result.action === 'failed' && result.failure.transient;
}

/** Why one object could not be delivered, if a person has to help. A failure that passes by itself is none. */
export function failedResult(view: StatusView, kind: Kind, name: string): ToldFailure | undefined {
  return toldResult(view, view.results.get(idAt(view, kind, name)));
}

/** The same of a result that is at hand. */
export function toldResult({ instance }: StatusView, result: ObjectOutcome | undefined): ToldFailure | undefined {
  return result && !isTransient(result) ? told(result, instance.metadata.namespace) : undefined;
}

/** Everything that went wrong in a pass: what needs help, and what the next try may mend. */
export interface PassFailures {
  readonly lasting: readonly string[];
  readonly transient: readonly string[];
}

export function passFailures({ instance, outcome: { objects, secrets, failures } }: StatusView): PassFailures {
  const all = [
    ...failures.map(({ step, failure }) => ({ transient: failure.transient, text: failureText(step, failure) })),
    ...secrets.flatMap((secret) =>
      secret.action === 'failed'
        ? [{ transient: secret.failure.transient, text: failureText(`Secret ${secret.name}`, secret.failure) }]
        : [],
    ),
    ...objects.flatMap((result) => {
      const failure = told(result, instance.metadata.namespace);
      return failure ? [{ transient: isTransient(result), text: failure.text }] : [];
    }),
  ];
  const textsOf = (transient: boolean) => all.filter((one) => one.transient === transient).map(({ text }) => text);
  return { lasting: textsOf(false), transient: textsOf(true) };
}
