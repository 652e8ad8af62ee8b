/** How much a memory tree may hold. Bytes are counted when storage is allocated, before the host is asked for it. */
export class Storage {
  readonly limitBytes: number;
  readonly limitNodes: number;
  usedBytes = 0;
  usedNodes = 0;

  constructor(limitBytes: number, limitNodes: number) {
    this.limitBytes = limitBytes;
    this.limitNodes = limitNodes;
  }

  /** Takes bytes; false when they are not to be had. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.limitBytes) return false;
    this.usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.usedBytes -= bytes;
  }

  takeNode(): boolean {
    if (this.usedNodes >= this.limitNodes) return false;
    this.usedNodes++;
    return true;
  }

  giveBackNode(): void {
    this.usedNodes--;
  }
}
