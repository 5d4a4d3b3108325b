// A page that is kept up to date, as HTML: the report's, with its scripts and style as files of the same server.
import { COLOURS, darkColours } from '../report/plots/palette.js';
import { liveScript, liveStyle, plottingLibrary } from '../report/page/assets.js';
import { type Html, embeddedJson, escape } from '../report/page/html.js';
import { htmlPage } from '../report/page/document.js';
import type { LivePage } from './live-page.js';

export interface LivePlace {
  readonly version: string;
  /** From the page to the first page of the server: '' or '../'. */
  readonly root: string;
  /** Whether there is a list of studies to go back to. */
  readonly isListed: boolean;
}

/** What a page loads beside itself, by name. */
export const ASSETS: Readonly<Record<string, { readonly type: string; content(): string }>> = {
  'page.css': { type: 'text/css; charset=utf-8', content: liveStyle },
  'page.js': { type: 'text/javascript; charset=utf-8', content: liveScript },
  'echarts.js': { type: 'text/javascript; charset=utf-8', content: plottingLibrary },
};

const LANE_COLUMNS = ['where', 'trial', '', 'epoch', 'progress', 'value', 'speed', 'load', 'memory']
  .map((name) => `<th scope="col">${name}</th>`)
  .join('');

/** Filled and kept up to date by the page's script. */
const NOW = `<section id="now" aria-label="What goes on">
<div class="tools"><strong id="situation" role="status">·</strong><span id="facts"></span></div>
<progress id="progress" aria-label="Trials that have ended" hidden></progress>
<p id="problem" role="alert" hidden></p>
<div class="tools" id="controls" hidden><button type="button" id="hold">pause</button><button type="button" id="finish">finish</button><span id="told" role="status"></span></div>
<p id="why" class="caption" hidden></p>
<div id="machines" hidden></div>
<details id="slots" hidden><summary>Slots</summary><div class="scroll" role="region" tabindex="0" aria-label="Slots"><table class="numbers"><thead><tr>${LANE_COLUMNS}</tr></thead><tbody></tbody></table></div></details>
<details id="log" hidden><summary>Latest decisions</summary><ul></ul></details>
</section>
<dialog id="ask" aria-labelledby="question"><p id="question"></p><form method="dialog"><button value="no" autofocus>no</button> <button value="yes">yes</button></form></dialog>
`;

export function renderLive(page: LivePage, { version, root, isListed }: LivePlace): Html {
  const { title, subtitle, contents, order, sections, plots, trials, now } = page;
  const data = {
    ...{ title, subtitle, contents, order, plots, trials, now, sections: {}, version },
    ...{ colours: COLOURS, darkColours: darkColours() },
  };
  const back = isListed && now !== undefined ? `<p class="where"><a href="${root}">all studies</a></p>\n` : '';
  return htmlPage({
    title,
    subtitle,
    contents,
    head: `<link rel="stylesheet" href="${root}assets/page.css">`,
    top: `<p id="connection" role="status" hidden></p>\n${back}${now === undefined ? '' : NOW}`,
    main: order.map((id) => sections[id] ?? '').join('\n'),
    footer: escape('Served by hpo watch; the page follows the study.'),
    // The library is large: what needs no plot does not wait for it.
    scripts: `${embeddedJson('data', data)}
<script src="${root}assets/page.js"></script>
<script src="${root}assets/echarts.js" async></script>`,
  });
}
