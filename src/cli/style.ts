// Colours and weights of text in a terminal, or none.

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

const asIs = (text: string): string => text;

export const PLAIN: Style = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs };

export const COLOURED: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
};

/** Of xterm's 256 colours those that stand out from a light and from a dark background; basic yellow and green do not from a light one. */
export const MANY_COLOURS: Style = {
  ...COLOURED,
  red: sgr('38;5;166', 39),
  green: sgr('38;5;29', 39),
  yellow: sgr('38;5;136', 39),
};

/** What styles write, and nothing else. */
// eslint-disable-next-line no-control-regex -- the escape sequences themselves
export const COLOURS = /\u001b\[(?:1|2|22|31|32|33|38;5;\d{1,3}|39)m/g;

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
function sgr(on: number | string, off: number): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}
