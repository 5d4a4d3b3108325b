// Pieces of HTML. Everything that comes from a study passes through `escape`.
import { must } from '../../system/must.js';

/** HTML that is ready to be put on a page. */
export type Html = string;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escape(text: string): Html {
  return text.replace(/[&<>"']/g, (character) => must(ENTITIES[character], 'an entity'));
}

/** JSON within a script element: nothing in it can end the element. */
export function embeddedJson(id: string, value: unknown): Html {
  const json = JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
  return `<script type="application/json" id="${escape(id)}">${json}</script>`;
}

export function section(id: string, title: string, ...content: (Html | undefined)[]): Html {
  const inner = content.filter((one) => one !== undefined && one !== '').join('\n');
  if (inner === '') return '';
  return `<section id="${escape(id)}"><h2>${escape(title)}</h2>\n${inner}\n</section>`;
}

/** The opening tag of a part that may be wider than the screen. The keyboard reaches it, and a screen reader says what it is. */
export function scrollable(label: string): Html {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escape(label)}">`;
}

/** A listing that may be wider than the screen, like `scrollable`. */
export function listing(label: string, text: string): Html {
  return `<pre role="region" tabindex="0" aria-label="${escape(label)}">${escape(text)}</pre>`;
}

/** A table whose first column names the row. Cells are HTML. @param label what it is about, in a few words. */
export function table(label: string, header: readonly Html[], rows: readonly (readonly Html[])[], style = ''): Html {
  const head =
    header.length === 0
      ? ''
      : `<thead><tr>${header.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead>`;
  const body = rows.map(([first = '', ...rest]) => {
    return `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `${scrollable(label)}<table class="${escape(style)}">${head}<tbody>${body.join('')}</tbody></table></div>`;
}

export function list(items: readonly Html[]): Html {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}
