// A sheet of pictures in labelled rows and columns, to look at what augmentation does.
import sharp, { type Sharp } from 'sharp';

export interface SheetBlock {
  readonly title: string;
  /** One for each tile of a row. */
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
}

export interface SheetRow {
  /** Lines beside the tiles. */
  readonly labels: readonly string[];
  /** RGB, uint8, side · side · 3 each. */
  readonly tiles: readonly Uint8Array[];
}

export interface ContactSheet {
  /** RGB, uint8, height · width · 3. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Whether this machine has a font to write the labels in. */
  readonly isLabelled: boolean;
}

/** Pixels. Larger pictures are shown at this side. */
const LARGEST_TILE = 192;
const GAP = 6;
const MARGIN = 16;
const LABEL_WIDTH = 170;
const TITLE_HEIGHT = 40;
const HEADER_HEIGHT = 20;
const FONT_SIZE = 13;
/** Of a letter's width to the size of its font, roughly. */
const LETTER = 0.6;

interface Tile {
  readonly pixels: Uint8Array;
  readonly left: number;
  readonly top: number;
}

/** @param side of every tile's picture, in pixels. */
export async function drawContactSheet(blocks: readonly SheetBlock[], side: number): Promise<ContactSheet> {
  const shown = Math.min(side, LARGEST_TILE);
  const columns = Math.max(...blocks.map((block) => block.columns.length));
  const width = 2 * MARGIN + LABEL_WIDTH + columns * (shown + GAP);
  const tiles: Tile[] = [];
  const texts: string[] = [];
  let y = MARGIN;
  for (const { title, columns, rows } of blocks) {
    texts.push(text(title, MARGIN, y + FONT_SIZE * 1.5, width - 2 * MARGIN, { size: FONT_SIZE * 1.4, weight: 'bold' }));
    y += TITLE_HEIGHT;
    const left = (i: number): number => MARGIN + LABEL_WIDTH + i * (shown + GAP);
    columns.forEach((column, i) => texts.push(text(column, left(i), y, shown)));
    y += HEADER_HEIGHT - FONT_SIZE;
    for (const row of rows) {
      row.labels.forEach((line, i) => {
        texts.push(text(line, MARGIN, y + FONT_SIZE * (1 + 1.4 * i), LABEL_WIDTH - GAP));
      });
      row.tiles.forEach((pixels, i) => tiles.push({ pixels, left: left(i), top: y }));
      y += shown + GAP;
    }
    y += MARGIN;
  }
  const [labels, isLabelled] = [svg(width, y, texts), await hasFont()];
  const overlays = await Promise.all(
    tiles.map(async ({ pixels, left, top }) => {
      const input = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .resize(shown, shown)
        .png({ compressionLevel: 0 })
        .toBuffer();
      return { input, left, top };
    }),
  );
  const pixels = await blank(width, y)
    .composite([...overlays, { input: labels, left: 0, top: 0 }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { pixels: new Uint8Array(pixels), width, height: y, isLabelled };
}

function blank(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } });
}

/** Without any font installed, letters come out as nothing, and nobody says so. */
async function hasFont(): Promise<boolean> {
  const pixels = await blank(40, 40)
    .composite([{ input: svg(40, 40, [text('A', 10, 30, 40)]), left: 0, top: 0 }])
    .raw()
    .toBuffer();
  return pixels.some((value) => value < 128);
}

function svg(width: number, height: number, texts: readonly string[]): Buffer {
  const font = `font-family="DejaVu Sans, Helvetica, Arial, sans-serif" fill="#222222"`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g ${font}>${texts.join('')}</g></svg>`,
  );
}

/** Shortened in the middle to what fits `room` pixels. */
function text(
  content: string,
  x: number,
  y: number,
  room: number,
  { size = FONT_SIZE, weight = 'normal' }: { size?: number; weight?: string } = {},
): string {
  const letters = Array.from(content);
  const most = Math.max(3, Math.floor(room / (size * LETTER)));
  const half = Math.floor((most - 1) / 2);
  const fitting =
    letters.length <= most ? content : `${letters.slice(0, half).join('')}…${letters.slice(-half).join('')}`;
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}">${escaped(fitting)}</text>`;
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[^\P{Cc}]/gu, ' ');
}
