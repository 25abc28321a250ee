/**
 * Computes a checksum of a result: two sums of its 32-bit words, modulo 2^32. The second sum multiplies the words by 1,
 * 3, 5, ..., so that it detects exchanged words. This is fast to compute in JavaScript, C++ and NumPy.
 */
export class Checksum {
  #plain = 0;
  #weighted = 0;
  #weight = 1;

  /** @param {ArrayBufferView} view 32-bit words, in memory order */
  add(view) {
    const words = new Int32Array(view.buffer, view.byteOffset, view.byteLength / 4);
    let plain = this.#plain;
    let weighted = this.#weighted;
    let weight = this.#weight;
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      plain = (plain + word) | 0;
      weighted = (weighted + Math.imul(word, weight)) | 0;
      weight = (weight + 2) | 0;
    }
    this.#plain = plain;
    this.#weighted = weighted;
    this.#weight = weight;
  }

  text() {
    const hex = (sum) => (sum >>> 0).toString(16).padStart(8, '0');
    return hex(this.#plain) + hex(this.#weighted);
  }
}
