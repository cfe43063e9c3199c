/**
 * A binary heap. Its items know their index, so any of them can be removed in O(log n). The clock has a heap of its
 * own: it removes only the first event, and the index would make it slower by a third or more.
 */

/** An item of a heap. It can be in one heap at a time. */
export interface HeapItem {
    /** Kept by the heap; -1 while the item is in none. */
    heapIndex: number;
}

export class Heap<T extends HeapItem> {
    private readonly items: T[] = [];
    private readonly before: (a: T, b: T) => boolean;

    /** @param before whether `a` leaves the heap before `b`. */
    constructor(before: (a: T, b: T) => boolean) {
        this.before = before;
    }

    get size(): number {
        return this.items.length;
    }

    peek(): T | undefined {
        return this.items[0];
    }

    push(item: T): void {
        this.items.push(item);
        this.rise(this.items.length - 1, item);
    }

    pop(): T | undefined {
        const first = this.items[0];
        if (first) this.remove(first);
        return first;
    }

    /** Takes `item` out; one that is not in the heap is ignored. */
    remove(item: T): void {
        const index = item.heapIndex;
        if (index < 0) return;
        item.heapIndex = -1;
        const last = this.items.pop() as T;
        if (last === item) return;
        if (index > 0 && this.before(last, this.items[(index - 1) >> 1] as T)) this.rise(index, last);
        else this.sink(index, last);
    }

    clear(): void {
        for (const item of this.items) item.heapIndex = -1;
        this.items.length = 0;
    }

    private rise(index: number, item: T): void {
        let i = index;
        while (i > 0) {
            const parent = (i - 1) >> 1;
            const above = this.items[parent] as T;
            if (!this.before(item, above)) break;
            this.put(i, above);
            i = parent;
        }
        this.put(i, item);
    }

    private sink(index: number, item: T): void {
        const { items } = this;
        let i = index;
        for (;;) {
            let child = 2 * i + 1;
            if (child >= items.length) break;
            if (child + 1 < items.length && this.before(items[child + 1] as T, items[child] as T)) child++;
            const below = items[child] as T;
            if (!this.before(below, item)) break;
            this.put(i, below);
            i = child;
        }
        this.put(i, item);
    }

    private put(index: number, item: T): void {
        this.items[index] = item;
        item.heapIndex = index;
    }
}
