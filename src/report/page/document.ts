// A whole page in one file: style, library, data and script within it, and nothing that could be fetched.
import { COLOURS, darkColours } from '../plots/palette.js';
import type { Plot } from '../plots/plot.js';
import { pageScript, pageStyle, plottingLibrary } from './assets.js';
import { type Html, embeddedJson, escape } from './html.js';
import type { TrialData } from './trial-data.js';

export interface Document {
  readonly title: string;
  readonly subtitle: Html;
  /** Identities and titles of the sections that there are. */
  readonly contents: readonly (readonly [string, string])[];
  readonly body: Html;
  readonly plots: readonly Plot[];
  readonly trials?: TrialData;
  readonly footer: Html;
}

/** The browser itself is told to fetch nothing, whatever the data holds. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function renderDocument({ title, subtitle, contents, body, plots, trials, footer }: Document): Html {
  const links = contents.map(([id, name]) => `<a href="#${escape(id)}">${escape(name)}</a>`).join('');
  const data = {
    plots: plots.map(({ id, hover, option }) => ({ id, hover, option })),
    trials,
    colours: COLOURS,
    darkColours: darkColours(),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="hpo">
<link rel="icon" href="data:,">
<title>${escape(title)}</title>
<style>
${pageStyle()}</style>
</head>
<body>
<header><h1>${escape(title)}</h1><p class="subtitle">${subtitle}</p></header>
<nav aria-label="Sections">${links}</nav>
<main>
${body}
</main>
<footer>${footer}</footer>
<dialog id="trial-card" aria-labelledby="trial-title"></dialog>
${embeddedJson('data', data)}
<script>
${plottingLibrary()}
</script>
<script>
${pageScript()}
</script>
</body>
</html>
`;
}
