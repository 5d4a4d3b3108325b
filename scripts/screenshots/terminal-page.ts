// A terminal's screen as a web page: what `tmux capture-pane -e` gives, with its colours.

interface Look {
  colour: string | undefined;
  isBold: boolean;
  isDim: boolean;
  isInverse: boolean;
}

const PLAIN: Look = { colour: undefined, isBold: false, isDim: false, isInverse: false };
const BACKGROUND = '#0d1117';
const FOREGROUND = '#e6edf3';
const BASIC = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'];

/** @param rows with escape sequences. */
export function terminalPage(rows: readonly string[], title: string): string {
  let look = { ...PLAIN };
  const lines = rows.map((row) => {
    // eslint-disable-next-line no-control-regex -- the terminal's own language
    const parts = row.split(/\u001b\[([\d;:]*)m/);
    return parts.map((part, i) => {
      if (i % 2 === 0) return span(part, look);
      look = after(look, part);
      return '';
    });
  });
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 24px; background: #30363d; display: inline-block; }
div { border-radius: 10px; overflow: hidden; background: ${BACKGROUND}; box-shadow: 0 8px 24px #0008; }
p { margin: 0; padding: 8px 14px; font: 13px sans-serif; color: #9198a1; background: #161b22; text-align: center; }
pre { margin: 0; padding: 12px 16px; font: 14px/1.2 'DejaVu Sans Mono', monospace; color: ${FOREGROUND}; }
i { display: inline-block; width: 1ch; font-style: normal; }
</style><div><p>${escape(title)}</p><pre>${lines.map((line) => line.join('')).join('\n')}</pre></div>`;
}

function span(text: string, { colour = FOREGROUND, isBold, isDim, isInverse }: Look): string {
  if (text === '') return '';
  const colours = isInverse ? `color:${BACKGROUND};background:${colour}` : `color:${colour}`;
  return `<span style="${colours}${isBold ? ';font-weight:700' : ''}${isDim ? ';opacity:.6' : ''}">${escape(text)}</span>`;
}

function escape(text: string): string {
  const html = text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  // Fonts of one width seldom have braille; in a terminal it takes a cell like everything else.
  return html.replace(/[\u2800-\u28ff]/g, '<i>$&</i>');
}

/** Select Graphic Rendition (ECMA-48, 8.3.117), as far as the dashboard uses it. */
function after(look: Look, sequence: string): Look {
  const codes = sequence
    .split(/[;:]/)
    .filter((code) => code !== '')
    .map(Number);
  if (codes.length === 0) return { ...PLAIN };
  const next = { ...look };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    if (code === 0) Object.assign(next, PLAIN);
    else if (code === 1) next.isBold = true;
    else if (code === 2) next.isDim = true;
    else if (code === 7) next.isInverse = true;
    else if (code === 22) Object.assign(next, { isBold: false, isDim: false });
    else if (code === 27) next.isInverse = false;
    else if (code === 39) next.colour = undefined;
    else if (code >= 30 && code <= 37) next.colour = BASIC[code - 30];
    else if (code === 38 && codes[i + 1] === 2) {
      next.colour = `rgb(${codes.slice(i + 2, i + 5).join(',')})`;
      i += 4;
    } else if (code === 38 && codes[i + 1] === 5) {
      next.colour = indexed(codes[i + 2] ?? 7);
      i += 2;
    }
  }
  return next;
}

/** xterm's 256 colours: 16 basic ones, a 6×6×6 cube, 24 greys. */
function indexed(index: number): string {
  if (index < 16) return BASIC[index % 8] as string;
  if (index >= 232) return `rgb(${new Array<number>(3).fill(8 + 10 * (index - 232)).join(',')})`;
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  const cube = index - 16;
  return `rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level).join(',')})`;
}
