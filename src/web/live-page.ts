// A page that is kept up to date, as the browser's script knows it: plain JSON.
import type { Document } from '../report/page/document.js';
import { plotData } from '../report/page/document.js';
import { escape, type Html } from '../report/page/html.js';
import type { NowState } from './now-state.js';

export interface LivePage {
  readonly title: string;
  readonly subtitle: Html;
  readonly contents: Document['contents'];
  /** Identities of the sections, in order. */
  readonly order: readonly string[];
  /** By identity. */
  readonly sections: Readonly<Record<string, Html>>;
  readonly plots: ReturnType<typeof plotData>;
  readonly trials?: NonNullable<Document['trials']>;
  /** What is going on; missing on the list of studies. */
  readonly now?: NowState;
}

/** The content of a report as a page that changes. */
export function pageOf({ title, subtitle, contents, sections, plots, trials }: Omit<Document, 'footer'>): LivePage {
  return {
    ...{ title, subtitle, contents },
    order: sections.map(([id]) => id),
    sections: Object.fromEntries(sections),
    plots: plotData(plots),
    ...(trials === undefined ? {} : { trials }),
  };
}

/** A page that says one thing. */
export function messagePage(title: string, message: string): LivePage {
  return {
    title,
    subtitle: '',
    contents: [],
    order: ['answer'],
    sections: { answer: `<section id="answer"><p class="lead">${escape(message)}</p></section>` },
    plots: {},
  };
}
