import type { JsonObject } from '../../spec/json';

/** What a panel shows of its numbers. */
export type Unit = 'short' | 'percentunit' | 'bytes' | 'Bps' | 's' | 'ops' | 'reqps';

/** One query of a panel. */
export interface Query {
  readonly expr: string;
  /** How a line is called, with labels in double braces. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly type: 'stat' | 'gauge' | 'timeseries' | 'table';
  readonly queries: readonly Query[];
  readonly unit?: Unit;
  /** Columns of 24. */
  readonly width: number;
  /** What stands for a number. @default - the number */
  readonly words?: Readonly<Record<string, string>>;
}

export interface Row {
  readonly title: string;
  readonly isCollapsed?: boolean;
  readonly panels: readonly Panel[];
}

/** A variable whose values come from the label of a metric. */
export interface LabelVariable {
  readonly name: string;
  readonly query: string;
  /** What is chosen at first. @default - all of them, any number at once */
  readonly chosen?: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tag: string;
  readonly variables: readonly LabelVariable[];
  readonly rows: readonly Row[];
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

/** Rows of Grafana's grid that a panel takes. */
const HEIGHTS = { stat: 4, gauge: 6, timeseries: 8, table: 8 } as const;

/** A share of a limit: yellow from 80 %, red from 90 %. */
const SHARE_STEPS = [
  { color: 'green', value: null },
  { color: 'yellow', value: 0.8 },
  { color: 'red', value: 0.9 },
];

function fieldConfig({ type, unit = 'short', words }: Panel): JsonObject {
  const mappings = words === undefined ? [] : [{ type: 'value', options: mapped(words) }];
  const share = { min: 0, max: 1, thresholds: { mode: 'absolute', steps: SHARE_STEPS } };
  return { defaults: { unit, mappings, ...(type === 'gauge' && share) }, overrides: [] };
}

function mapped(words: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(words).map(([number, text], index) => [number, { text, index }]));
}

function target({ expr, legend }: Query, index: number, isTable: boolean): JsonObject {
  const now = isTable ? { format: 'table', instant: true } : {};
  return { refId: String.fromCodePoint(65 + index), datasource: DATASOURCE, expr, legendFormat: legend, ...now };
}

/** A table shows one row for each instance, not one for each query. */
const ONE_ROW_EACH = [{ id: 'merge', options: {} }];

/** Gives out ids and places, from left to right and from top to bottom. */
class Grid {
  private id = 0;
  private x = 0;
  private y = 0;
  private height = 0;

  public place(rows: readonly Row[]): JsonObject[] {
    return rows.flatMap((row) => {
      const head = this.head(row);
      const panels = row.panels.map((panel) => this.panel(panel));
      this.breakLine();
      return row.isCollapsed ? [{ ...head, panels }] : [{ ...head, panels: [] }, ...panels];
    });
  }

  private head({ title, isCollapsed = false }: Row): JsonObject {
    this.id += 1;
    const head = { id: this.id, type: 'row', title, collapsed: isCollapsed, gridPos: { x: 0, y: this.y, w: 24, h: 1 } };
    this.y += 1;
    return head;
  }

  private panel(panel: Panel): JsonObject {
    const { title, type, queries, width } = panel;
    if (this.x + width > 24) this.breakLine();
    this.id += 1;
    const h = HEIGHTS[type];
    const place = { x: this.x, y: this.y, w: width, h };
    this.x += width;
    this.height = Math.max(this.height, h);
    return {
      id: this.id,
      type,
      title,
      datasource: DATASOURCE,
      gridPos: place,
      fieldConfig: fieldConfig(panel),
      options: {},
      targets: queries.map((query, index) => target(query, index, type === 'table')),
      ...(type === 'table' && { transformations: ONE_ROW_EACH }),
    };
  }

  private breakLine(): void {
    this.y += this.height;
    this.x = 0;
    this.height = 0;
  }
}

function variable({ name, query, chosen }: LabelVariable): JsonObject {
  const choice =
    chosen === undefined
      ? { multi: true, includeAll: true, current: { text: ['All'], value: ['$__all'] } }
      : { multi: false, includeAll: false, current: { text: chosen, value: chosen } };
  return {
    name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    hide: 0,
    ...choice,
  };
}

/** The JSON that Grafana takes, of its schema 39. */
export function dashboardJson({ uid, title, tag, variables, rows }: Dashboard): string {
  const datasource = { name: 'datasource', type: 'datasource', query: 'prometheus', refresh: 1, hide: 0, current: {} };
  const document = {
    uid,
    title,
    tags: ['openclaw', tag],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [datasource, ...variables.map(variable)] },
    annotations: { list: [] },
    panels: new Grid().place(rows),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
