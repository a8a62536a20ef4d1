import { type Alias, isAlias, isMap, isSeq, type Node, type YAMLMap } from 'yaml';

import { fieldName, isMergeKey, offsetOf } from './nodes';

/** A field: its key or item, and its value. */
interface Field {
  readonly at: unknown;
  readonly value: unknown;
}

/**
 * Where the fields of a document stand. The names in a mapping are looked through once, however many issues ask for them: a mapping of
 * thousands of fields may have an issue in each.
 */
export class FieldIndex {
  private readonly fields = new Map<YAMLMap, Map<string, Field>>();

  public constructor(
    private readonly root: unknown,
    private readonly targets: ReadonlyMap<Alias, Node>,
  ) {}

  /** The offset of a field's key, or of the item of a list. For a path that leads nowhere, that of the nearest parent that exists. */
  public offsetOf(path: readonly (string | number)[]): number {
    let node = this.root;
    let offset = offsetOf(this.root) ?? 0;
    for (const step of path) {
      node = this.target(node);
      // `[5]` in an issue is an item of a list, or a key of a mapping that looks like a number.
      const found = (typeof step === 'number' ? itemOf(node, step) : undefined) ?? this.fieldOf(node, String(step));
      if (found === undefined) break;
      offset = offsetOf(found.at) ?? offset;
      node = found.value;
    }
    return offset;
  }

  private target(node: unknown): unknown {
    return isAlias(node) ? this.targets.get(node) : node;
  }

  private fieldOf(node: unknown, name: string): Field | undefined {
    return isMap(node) ? this.fieldsOf(node).get(name) : undefined;
  }

  /** In the order of the document: what comes later in a mapping wins. */
  private fieldsOf(map: YAMLMap): ReadonlyMap<string, Field> {
    const known = this.fields.get(map);
    if (known !== undefined) return known;
    const fields = new Map<string, Field>();
    // Before it is filled: an alias may lead back to where it stands.
    this.fields.set(map, fields);
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        for (const [name, field] of this.merged(value)) fields.set(name, field);
      } else {
        const name = fieldName(key, this.targets);
        if (name !== undefined) fields.set(name, { at: key, value });
      }
    }
    return fields;
  }

  /** The fields that a merge brings. Of several sources the first wins. */
  private merged(source: unknown): Map<string, Field> {
    const sources: unknown[] = isSeq(source) ? source.items.toReversed() : [source];
    const maps = sources.map((item) => this.target(item)).filter(isMap);
    return new Map(maps.flatMap((map) => [...this.fieldsOf(map)]));
  }
}

function itemOf(node: unknown, index: number): Field | undefined {
  const item: unknown = isSeq(node) ? node.items[index] : undefined;
  return item === undefined ? undefined : { at: item, value: item };
}
