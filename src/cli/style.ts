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

/** What `COLOURED` writes, and nothing else. */
// eslint-disable-next-line no-control-regex -- the escape sequences themselves
export const COLOURS = /\u001b\[(?:1|2|22|31|32|33|39)m/g;

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
function sgr(on: number, off: number): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}
