/** A plan for people, as lines of text and as Markdown. */
import { refText } from '../wire/object-ref';
import { type FieldChange, type InstanceChange, type ObjectChange, type Plan } from './plan';
import { plain, valueText } from './plan-value';
import type { Action, Risk } from './risks';

/** What a piece of text is, for whoever colours it. */
export type Tone = Action | 'risk' | 'strong';

export type Colour = (text: string, tone: Tone) => string;

const noColour: Colour = (text) => text;

const SIGNS: Readonly<Record<Action, string>> = { created: '+', configured: '~', deleted: '-' };

const WORDS: Readonly<Record<Risk, string>> = {
  data: 'data',
  immutable: 'immutable',
  exposure: 'exposure',
  rbac: 'RBAC',
  'secret-reference': 'secret reference',
  restart: 'restart',
  cost: 'cost',
};

/** `restart, secret reference`, as people say it. */
export function risksText(risks: readonly Risk[]): string {
  return risks.map((risk) => WORDS[risk]).join(', ');
}

/** `team-a/alice`. */
export function instanceText({ namespace, name }: Pick<InstanceChange, 'namespace' | 'name'>): string {
  return plain(namespace === undefined ? name : `${namespace}/${name}`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `1 created, 2 configured, 1 deleted`. */
function actionsText(objects: readonly ObjectChange[]): string {
  const counts = (Object.keys(SIGNS) as Action[]).map(
    (action) => [action, objects.filter((object) => object.action === action).length] as const,
  );
  return counts.flatMap(([action, count]) => (count > 0 ? [`${count} ${action}`] : [])).join(', ');
}

function fieldLine(field: FieldChange, { ref }: ObjectChange): string {
  const action: Action = field.before === undefined ? 'created' : field.after === undefined ? 'deleted' : 'configured';
  const risks = field.risks.length > 0 ? `  (${risksText(field.risks)})` : '';
  return `${SIGNS[action]} ${plain(field.path)}: ${valueText(field, ref)}${risks}`;
}

/** The objects of an instance, each with the fields that change; risks stand where they come from. */
export function objectLines({ namespace, objects }: Pick<InstanceChange, 'namespace' | 'objects'>, colour: Colour = noColour): string[] {
  return objects.flatMap((object) => {
    const { ref, action, fields, risks } = object;
    const told = risks.length > 0 ? `  ${colour(`(${risksText(risks)})`, 'risk')}` : '';
    return [
      `${colour(`${SIGNS[action]} ${plain(refText(ref, namespace))}`, action)}${told}`,
      ...fields.map((field) => `    ${fieldLine(field, object)}`),
    ];
  });
}

/** Everything for a terminal. The last line has the hash. */
export function planLines(plan: Plan, colour: Colour = noColour): string[] {
  const { instances, unchanged, risks, hash } = plan;
  const lines = instances.flatMap((instance) => [
    `${colour(instanceText(instance), 'strong')}: ${actionsText(instance.objects)}, ${instance.unchanged} unchanged`,
    ...objectLines(instance, colour).map((line) => `  ${line}`),
  ]);
  if (instances.length === 0) return [`nothing changes; ${counted(unchanged, 'instance')} looked at`];
  const what = `${counted(instances.length, 'instance')} to change, ${unchanged} unchanged`;
  return [...lines, `${what}; ${risks.length > 0 ? colour(`risks: ${risksText(risks)}`, 'risk') : 'no risks'}`, `plan ${hash}`];
}

export interface MarkdownOptions {
  /** Whether the fields are told, beside the objects. @default true */
  readonly fields?: boolean;
}

/** The body of a pull request, or of a comment. Names and values of users are in code only. */
export function planMarkdown(plan: Plan, { fields = true }: MarkdownOptions = {}): string {
  const { instances, risks, hash } = plan;
  if (instances.length === 0) return `Nothing changes.\n`;
  const parts = instances.map((instance) => {
    const rows = instance.objects.map(
      ({ ref, action, risks: own }) => `| ${action} | ${codeText(refText(ref, instance.namespace))} | ${risksText(own)} |`,
    );
    const head = [`### ${codeText(instanceText(instance))}`, '', '| | object | risks |', '| --- | --- | --- |', ...rows, ''];
    if (!fields) return head.join('\n');
    const diff = objectLines(instance).map((line) => line.replaceAll('```', "'''"));
    return [...head, '<details><summary>Fields</summary>', '', '```text', ...diff, '```', '', '</details>', ''].join('\n');
  });
  const head = `**${counted(instances.length, 'instance')} to change.** Risks: ${risks.length > 0 ? risksText(risks) : 'none'}.\n`;
  return `${[head, ...parts].join('\n')}\nPlan: \`${hash}\`\n`;
}

/** A text of a user in Markdown: in code nothing is a mention, a link, a command or HTML. */
export function codeText(text: string): string {
  return `\`${plain(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

/** The same for programs. Values are left out where they look like a secret. */
export function planJson({ instances, unchanged, risks, hash }: Plan): object {
  return {
    hash,
    risks,
    unchanged,
    instances: instances.map(({ namespace, name, action, objects, unchanged: same, hash: own }) => ({
      namespace,
      name,
      action,
      hash: own,
      unchanged: same,
      objects: objects.map((object) => ({
        ...object.ref,
        action: object.action,
        risks: object.risks,
        fields: object.fields.map((field) => ({ path: field.path, change: valueText(field, object.ref), risks: field.risks })),
      })),
    })),
  };
}
