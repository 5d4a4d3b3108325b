// Numbers and counts as decisions word them.

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

/** '1 goes on', '3 go on'. */
export function goOn(amount: number): string {
  return `${amount} ${amount === 1 ? 'goes' : 'go'} on`;
}

/** '1st', '2nd', '11th'. */
export function ordinal(place: number): string {
  const teens = place % 100 > 10 && place % 100 < 14;
  return `${place}${(teens ? undefined : ['th', 'st', 'nd', 'rd'][place % 10]) ?? 'th'}`;
}
