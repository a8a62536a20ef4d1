/** A word that the YAML writer leaves as it is, and that stands in no manifest. */
const WORD = 'helm-markup-';

/**
 * Instructions of a Helm template inside of an object: words take their place while it is written as YAML, and become instructions again in its text.
 */
export class Markup {
  private readonly texts: string[] = [];

  /** An element or a value that is written by Helm, quotes and all: `{{ ... | quote }}`. */
  public raw(expression: string): string {
    return this.word(`{{ ${expression} }}`);
  }

  /** Elements of a list that are there under a condition only. */
  public when<T>(condition: string, ...elements: readonly T[]): (T | string)[] {
    return [this.line(`{{- if ${condition} }}`), ...elements, this.line('{{- end }}')];
  }

  /** Elements of a list, one for each value of a list; `.` is the value. */
  public each<T>(values: string, ...elements: readonly T[]): (T | string)[] {
    return [this.line(`{{- range ${values} }}`), ...elements, this.line('{{- end }}')];
  }

  /** Fields of a map that are there under a condition only. */
  public fieldsWhen(condition: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return { [this.line(`{{- if ${condition} }}`)]: '', ...fields, [this.line('{{- end }}')]: '' };
  }

  /** A field whose value is a value of the user, as YAML; left out where that is empty. */
  public field(name: string, value: string, indent: number): Record<string, unknown> {
    return this.fieldsWhen(value, { [name]: this.word(`\n{{- toYaml ${value} | nindent ${indent} }}`) });
  }

  /** The fields of a map of the user, beside those that are there. */
  public fieldsOf(value: string, indent: number): Record<string, unknown> {
    return { [this.line(`{{- with ${value} }}{{- toYaml . | nindent ${indent} }}{{- end }}`)]: '' };
  }

  /** The text with instructions in the place of words. */
  public apply(text: string): string {
    // Instructions of their own line: an element of a list, or a key without a value.
    const lines = text.replaceAll(new RegExp(`^ *(?:- )?${WORD}line-(\\d+)(?:: "")?$`, 'gm'), (_line, index: string) => this.text(index));
    return lines.replaceAll(new RegExp(` ?${WORD}word-(\\d+)\\b`, 'g'), (_word, index: string) => {
      const found = this.text(index);
      return found.startsWith('\n') ? found : ` ${found}`;
    });
  }

  private text(index: string): string {
    return this.texts[Number(index)] ?? '';
  }

  private word(text: string): string {
    return `${WORD}word-${this.texts.push(text) - 1}`;
  }

  private line(text: string): string {
    return `${WORD}line-${this.texts.push(text) - 1}`;
  }
}
