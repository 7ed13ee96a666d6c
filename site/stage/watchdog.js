/**
 * Notices when nothing is heard of Python although something should be. It only says so: a Python
 * that was busy, or whose computer slept, is taken up again as soon as it is heard of.
 */

export class Watchdog {
  #patience = 0; // seconds of silence that are borne; 0 expects nothing
  #quiet = 0; // seconds since something was heard
  isSilent = false;

  /** @param {(seconds: number) => void} onSilence */
  constructor(onSilence) {
    // Seconds are counted one by one: while a computer sleeps its clock goes on, but no timer.
    setInterval(() => {
      if (!this.#patience || this.isSilent) return;
      this.#quiet += 1;
      if (this.#quiet < this.#patience) return;
      this.isSilent = true;
      onSilence(this.#quiet);
    }, 1000);
  }

  /** Python has been heard of. */
  hear() {
    this.#quiet = 0;
    this.isSilent = false;
  }

  /** From now on something must be heard within so many seconds. @param {number} seconds */
  expect(seconds) {
    if (seconds && !this.#patience) this.#quiet = 0;
    this.#patience = seconds;
  }
}
