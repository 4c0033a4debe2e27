import { Readable } from 'node:stream';
import type { ScanStream } from '../core/scans/scan.ts';
import type { TransferGuard } from './exchange.ts';

/** A caller must take so many within the time of the guard; a page can have some hundred times as many. */
const pieceBytes = 65_536;
const none: Buffer = Buffer.alloc(0);

/**
 * The lines of a scan as bytes. The scan is asked for more only when the socket wants more: nothing is read ahead
 * here. While the scan is asked, its caller is not held to take anything. Cancels the scan when it is destroyed before
 * its end.
 */
export class ScanBody extends Readable {
  readonly #stream: ScanStream;
  readonly #transfer: TransferGuard;
  /** Of the lines that came last, what has not been taken yet. */
  #rest = none;
  #isOver = false;

  constructor(stream: ScanStream, transfer: TransferGuard) {
    super({ highWaterMark: 0 });
    this.#stream = stream;
    this.#transfer = transfer;
  }

  override _read(): void {
    if (this.#rest.length > 0) {
      this.#give();
      return;
    }
    this.#transfer.hold();
    this.#stream.next().then(
      (lines) => this.#take(lines),
      (fault: Error) => this.destroy(fault),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#rest = none;
    if (!this.#isOver) this.#stream.cancel();
    done(error);
  }

  #take(lines: string | undefined): void {
    if (this.destroyed) return;
    if (lines === undefined) {
      this.#isOver = true;
      // What lies in the socket still is to be taken.
      this.#transfer.renew();
      this.push(null);
      return;
    }
    this.#rest = Buffer.from(lines);
    this.#give();
  }

  #give(): void {
    const piece = this.#rest.subarray(0, pieceBytes);
    this.#rest = this.#rest.subarray(piece.length);
    this.#transfer.renew();
    this.push(piece);
  }
}
