// The images that a model got most confidently wrong: where to look for bad labels and blind spots.
import { type Scored, predictionsOf } from './confusion.js';

export interface Mistake {
  /** Of the image, in the order given. */
  readonly index: number;
  readonly actual: number;
  readonly predicted: number;
  /** Probability of the predicted class. */
  readonly confidence: number;
  /** Probability of the actual class. */
  readonly probabilityOfActual: number;
}

/** At most `count` wrongly predicted images, the most confident first; of equals the earlier first. */
export function confidentlyWrong(scored: Scored, count: number): Mistake[] {
  const { labels, probabilities, classCount } = scored;
  const mistakes: Mistake[] = [];
  predictionsOf(scored).forEach((predicted, index) => {
    const actual = labels[index]!;
    if (predicted === actual) return;
    const confidence = probabilities[index * classCount + predicted]!;
    const probabilityOfActual = probabilities[index * classCount + actual]!;
    mistakes.push({ index, actual, predicted, confidence, probabilityOfActual });
  });
  return mistakes.sort((a, b) => b.confidence - a.confidence || a.index - b.index).slice(0, count);
}
