// Cuts a text of unknown length to one that can be kept.

/** The text, or its first characters and how many more there were. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} … (${text.length - most} characters more)`;
}
