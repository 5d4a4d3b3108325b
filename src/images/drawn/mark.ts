// Marks: coloured shapes, written as SVG.

/** A filled or stroked path. */
export interface Mark {
  readonly path: string;
  readonly fill?: string;
  readonly stroke?: string;
  /** Of the stroke, in the path's units. */
  readonly width?: number;
  readonly opacity?: number;
}

export function fill(path: string, colour: string, opacity = 1): Mark {
  return { path, fill: colour, opacity };
}

export function stroke(path: string, colour: string, width: number): Mark {
  return { path, stroke: colour, width };
}

export function toSvg({ path, fill: colour = 'none', stroke: line, width = 0, opacity = 1 }: Mark): string {
  const stroked =
    line === undefined ? '' : ` stroke="${line}" stroke-width="${width.toFixed(3)}" stroke-linejoin="round"`;
  const faint = opacity === 1 ? '' : ` opacity="${opacity.toFixed(3)}"`;
  return `<path d="${path}" fill="${colour}"${stroked}${faint}/>`;
}

/** Hue in degrees, saturation and lightness in percent. */
export function hsl(hue: number, saturation: number, lightness: number): string {
  const [h, s, l] = [((hue % 360) + 360) % 360, clamp(saturation), clamp(lightness)];
  return `hsl(${h.toFixed(1)},${s.toFixed(1)}%,${l.toFixed(1)}%)`;
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
