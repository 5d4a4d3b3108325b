// A text with placeholders for parameters, such as "--lr={learningRate}".

/** A piece of a template: text as it is, or the name of a placeholder. */
export type TemplatePart = { readonly text: string } | { readonly name: string };

const TOKENS = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;

/** The template's pieces, in order; undefined where a brace has no partner. Doubled braces stand for themselves. */
export function templateParts(template: string): readonly TemplatePart[] | undefined {
  const parts: TemplatePart[] = [];
  for (const [token, name] of template.matchAll(TOKENS)) {
    if (token === '{' || token === '}') return undefined;
    if (token === '{{' || token === '}}') parts.push({ text: token.charAt(0) });
    else parts.push(name === undefined ? { text: token } : { name });
  }
  return parts;
}

/** The names of its placeholders. */
export function placeholdersOf(template: string): readonly string[] {
  return (templateParts(template) ?? []).flatMap((part) => ('name' in part ? [part.name] : []));
}

/** The template with a value in each place; undefined where one of them has none. */
export function fillTemplate(template: string, values: ReadonlyMap<string, string>): string | undefined {
  let text = '';
  for (const part of templateParts(template) ?? []) {
    const piece = 'name' in part ? values.get(part.name) : part.text;
    if (piece === undefined) return undefined;
    text += piece;
  }
  return text;
}
