// What is typed above the table of trials: words, and comparisons such as learningRate<0.001.
'use strict';

/** A comparison of a name with something, either of which may stand in quotes; or a word. */
const TERM = /("[^"]*"|[^\s"<>=!]+)\s*(<=|>=|!=|==?|<|>)\s*("[^"]*"|[^\s"<>=!]+)|"[^"]*"|\S+/g;
/** One that is still being typed. */
const UNFINISHED = /[<>=!]$/;
const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 };

/**
 * @param columns by name in lower case: the position in a row, and whether it is a time.
 * @returns terms, each a function of a row and its texts, and what could not be understood.
 */
function parseFilter(text, columns) {
  const terms = [];
  const problems = [];
  for (const [whole, name, operator, operand] of text.matchAll(TERM)) {
    if (name === undefined) {
      if (!UNFINISHED.test(whole)) terms.push(wordTerm(unquoted(whole).toLowerCase()));
      continue;
    }
    const column = columns.get(unquoted(name).toLowerCase());
    if (column === undefined) problems.push(`no column is called ${unquoted(name)}`);
    else terms.push(comparison(column, operator, unquoted(operand)));
  }
  return { terms, problems };
}

function wordTerm(word) {
  return (_, texts) => texts.some((cell) => cell.toLowerCase().includes(word));
}

/** What is unknown matches no comparison. A number equals what is printed of it. */
function comparison({ index, isTime }, operator, operand) {
  const number = isTime ? secondsOf(operand) : Number(operand);
  const equals = (value, text) =>
    value === number || text.toLowerCase() === operand.toLowerCase() || String(value) === operand;
  return (row, texts) => {
    const value = row[index];
    if (value === null || value === undefined) return false;
    if (operator === '=' || operator === '==') return equals(value, texts[index]);
    if (operator === '!=') return !equals(value, texts[index]);
    if (typeof value !== 'number' || Number.isNaN(number)) return false;
    if (operator === '<') return value < number;
    if (operator === '<=') return value <= number;
    return operator === '>' ? value > number : value >= number;
  };
}

/** '90', '90s', '1.5m', '2h'. */
function secondsOf(text) {
  const [, amount, unit = 's'] = /^([\d.eE+-]+)(ms|s|m|h)?$/.exec(text) ?? [];
  return amount === undefined ? NaN : Number(amount) * SECONDS[unit];
}

function unquoted(text) {
  return text.replace(/^"(.*)"$/, '$1');
}
