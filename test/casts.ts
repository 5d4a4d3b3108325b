// Casts in a TypeScript file, found in its syntax tree.
import ts from 'typescript';

/** Expressions `x as T`; `as const` makes a type narrower and safer, so it does not count. */
export function castsOf(file: string, text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isAsExpression(node) && node.type.getText(source) !== 'const') found.push(node.getText(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
