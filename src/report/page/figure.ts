// A plot's place on the page; the page's script draws it when it comes into view.
import type { Plot } from '../plots/plot.js';
import { type Html, escape, scrollable } from './html.js';

/** What a screen reader says in place of the picture. */
function describe({ title, caption }: Plot): string {
  return caption === '' ? title : `${title}. ${caption}`;
}

export function figure(plot: Plot | undefined): Html | undefined {
  if (plot === undefined) return undefined;
  const least = plot.leastWidth === undefined ? '' : `min-width:${plot.leastWidth}px;`;
  const most = plot.mostWidth === undefined ? '' : `max-width:${plot.mostWidth}px;`;
  const caption = plot.caption === '' ? '' : `<figcaption>${escape(plot.caption)}</figcaption>`;
  const title = plot.small === true ? `<h3>${escape(plot.title)}</h3>\n` : '';
  return `<figure>
${title}${scrollable(plot.title)}<div class="plot" data-plot="${escape(plot.id)}"${plot.small === true ? ' data-small' : ''} role="img" aria-label="${escape(describe(plot))}" style="${least}${most}height:${plot.height}px"></div></div>
${caption}</figure>`;
}
