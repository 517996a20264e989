/** The launch went otherwise than the demo shows it; the message is a sentence without its full stop. */
export class WentOtherwise extends Error {
  override readonly name = 'WentOtherwise';
}
