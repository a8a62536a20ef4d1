/**
 * A program of ours without the lines that are empty or comment: whoever reads it reads the source, and every ConfigMap holds a copy.
 *
 * It looks at whole lines only, and does not know the language: no text or template of a program may have a line that looks like a comment. A test
 * holds each program against what a real parser makes of it.
 */
export function withoutComments(program: string): string {
  const kept: string[] = [];
  let isInside = false;
  for (const line of program.split('\n')) {
    const text = line.trim();
    const isBlock = isInside || text.startsWith('/*');
    if (isBlock) isInside = !text.endsWith('*/');
    else if (text !== '' && !text.startsWith('//')) kept.push(line);
  }
  return `${kept.join('\n')}\n`;
}
