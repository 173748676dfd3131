/** Text in pieces that end between characters: a model may send half of a surrogate pair. */
export class WholeCharacters {
  #half = '';

  push(text: string): string {
    const all = this.#half + text;
    const last = all.charCodeAt(all.length - 1);
    const isHalf = last >= 0xd800 && last <= 0xdbff;
    this.#half = isHalf ? all.slice(-1) : '';
    return (isHalf ? all.slice(0, -1) : all).toWellFormed();
  }

  end(): string {
    return this.#half.toWellFormed();
  }
}
