import { error, fieldPath, type Issue, type PathStep } from '../spec/issue';

/** Gathers errors while a document is walked. The path is kept as steps and written out only for an error. */
export class Findings {
  readonly issues: Issue[] = [];
  readonly path: PathStep[];

  /** @param spares whether what is wrong with the value at a path is to be passed over. @default - nothing is */
  constructor(
    path: readonly PathStep[] = [],
    private readonly spares: (path: readonly PathStep[]) => boolean = () => false,
  ) {
    this.path = [...path];
  }

  /** @param step a field of the present value, when the error belongs there */
  add(rule: string, message: string, step?: PathStep): void {
    if (this.spares(this.path)) return;
    const path = step === undefined ? this.path : [...this.path, step];
    this.issues.push(error(fieldPath(path), `schema/${rule}`, message));
  }
}
