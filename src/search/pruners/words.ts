// Numbers and counts as verdicts word them.

/** The numbers with four significant digits, or with as many as it takes for different ones to read differently. */
export function digits(...values: readonly number[]): string[] {
  for (let precision = 4; ; precision++) {
    const texts = values.map((value) => String(Number(value.toPrecision(precision))));
    if (precision >= 17 || new Set(texts).size === new Set(values).size) return texts;
  }
}

/** '1 trial', '9 trials'. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
