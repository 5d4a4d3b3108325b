// A whole page in one file: style, library, data and script within it, and nothing that could be fetched.
import { COLOURS, darkColours } from '../plots/palette.js';
import type { Plot } from '../plots/plot.js';
import { pageScript, pageStyle, plottingLibrary } from './assets.js';
import { type Html, embeddedJson, escape } from './html.js';
import type { TrialData } from './trial-data.js';

export interface Document {
  readonly title: string;
  readonly subtitle: Html;
  /** Identities of the sections that there are, and what they are called where there is little room. */
  readonly contents: readonly (readonly [string, string])[];
  /** Identity and HTML of each, in order. */
  readonly sections: readonly (readonly [string, Html])[];
  readonly plots: readonly Plot[];
  readonly trials?: TrialData;
  readonly footer: Html;
}

/** The browser itself is told to fetch nothing, whatever the data holds. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** Plots by identity, as the page's script draws them. */
export function plotData(plots: readonly Plot[]): Readonly<Record<string, Pick<Plot, 'hover' | 'option'>>> {
  return Object.fromEntries(
    plots.map(({ id, hover, option }) => [id, { ...(hover === undefined ? {} : { hover }), option }]),
  );
}

export function renderDocument({ sections, plots, trials, ...rest }: Document): Html {
  const data = { plots: plotData(plots), trials, colours: COLOURS, darkColours: darkColours() };
  return htmlPage({
    ...rest,
    head: `<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style>
${pageStyle()}</style>`,
    main: sections.map(([, html]) => html).join('\n'),
    scripts: `${embeddedJson('data', data)}
<script>
${plottingLibrary()}
</script>
<script>
${pageScript()}
</script>`,
  });
}

export interface HtmlPage extends Pick<Document, 'title' | 'subtitle' | 'contents' | 'footer'> {
  /** Elements of the head: the policy of the page, and its style. */
  readonly head: Html;
  /** Above the sections. */
  readonly top?: Html;
  readonly main: Html;
  /** Data and scripts, at the end. */
  readonly scripts: Html;
}

export function htmlPage({ title, subtitle, contents, head, top = '', main, footer, scripts }: HtmlPage): Html {
  const links = contents.map(([id, name]) => `<a href="#${escape(id)}">${escape(name)}</a>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="hpo">
<link rel="icon" href="data:,">
<title>${escape(title)}</title>
${head}
</head>
<body>
<header><h1>${escape(title)}</h1><p class="subtitle">${subtitle}</p></header>
<nav aria-label="Sections">${links}</nav>
${top}<main>
${main}
</main>
<footer>${footer}</footer>
<dialog id="trial-card" aria-labelledby="trial-title"></dialog>
${scripts}
</body>
</html>
`;
}
