/**
 * A list that stays sorted. It consists of short chunks: an insertion moves few elements, however long the list is.
 *
 *     const list = new SortedList<number>((a, b) => a - b);
 *     for (const n of [3, 1, 2]) list.insert(n);
 *     [...list.ascend((n) => n < 2)]; //   [2, 3]
 */
const MAX_CHUNK = 512;

export class SortedList<T> {
    private readonly chunks: T[][] = [];
    private readonly compare: (a: T, b: T) => number;

    /** @param compare returns a negative number, 0 or a positive one; 0 never for two elements of the list */
    constructor(compare: (a: T, b: T) => number) {
        this.compare = compare;
    }

    insert(element: T): void {
        const isBefore = (other: T): boolean => this.compare(other, element) < 0;
        const { chunks } = this;
        if (chunks.length === 0) {
            chunks.push([element]);
            return;
        }
        const at = Math.min(this.chunkOf(isBefore), chunks.length - 1);
        const chunk = chunks[at] as T[];
        chunk.splice(indexIn(chunk, isBefore), 0, element);
        if (chunk.length > MAX_CHUNK) chunks.splice(at + 1, 0, chunk.splice(MAX_CHUNK / 2));
    }

    /** Removes the element that compares as 0 to this one. */
    delete(element: T): void {
        const isBefore = (other: T): boolean => this.compare(other, element) < 0;
        const at = this.chunkOf(isBefore);
        const chunk = this.chunks[at];
        if (!chunk) return;
        const index = indexIn(chunk, isBefore);
        const found = chunk[index];
        if (found === undefined || this.compare(found, element) !== 0) return;
        chunk.splice(index, 1);
        if (chunk.length === 0) this.chunks.splice(at, 1);
    }

    /** Ascending, from the first element for which `isBefore` is false. It must be true for all elements before that one. */
    *ascend(isBefore: (element: T) => boolean): Generator<T> {
        let at = this.chunkOf(isBefore);
        const first = this.chunks[at];
        let index = first ? indexIn(first, isBefore) : 0;
        for (; at < this.chunks.length; at++, index = 0) {
            const chunk = this.chunks[at] as T[];
            for (; index < chunk.length; index++) yield chunk[index] as T;
        }
    }

    /** Descending, from the last element for which `isBefore` is true. */
    *descend(isBefore: (element: T) => boolean): Generator<T> {
        let at = this.chunkOf(isBefore);
        const first = this.chunks[at];
        let index = (first ? indexIn(first, isBefore) : 0) - 1;
        for (;;) {
            const chunk = this.chunks[at];
            for (; chunk && index >= 0; index--) yield chunk[index] as T;
            if (--at < 0) return;
            index = (this.chunks[at] as T[]).length - 1;
        }
    }

    /** The index of the first chunk with an element that is not before; the number of chunks if there is none. */
    private chunkOf(isBefore: (element: T) => boolean): number {
        let low = 0;
        let high = this.chunks.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            const chunk = this.chunks[middle] as T[];
            if (isBefore(chunk[chunk.length - 1] as T)) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

function indexIn<T>(chunk: readonly T[], isBefore: (element: T) => boolean): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (isBefore(chunk[middle] as T)) low = middle + 1;
        else high = middle;
    }
    return low;
}
