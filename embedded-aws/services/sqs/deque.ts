/** A list whose both ends are fast, however long it is. */
export class Deque<T> {
    private items: (T | undefined)[] = [];
    private head = 0;

    get length(): number {
        return this.items.length - this.head;
    }

    first(): T | undefined {
        return this.items[this.head];
    }

    /** The first item that passes. */
    find(passes: (item: T) => boolean): T | undefined {
        for (let i = this.head; i < this.items.length; i++) {
            const item = this.items[i] as T;
            if (passes(item)) return item;
        }
        return undefined;
    }

    push(item: T): void {
        this.items.push(item);
    }

    shift(): T | undefined {
        if (this.head === this.items.length) return undefined;
        const item = this.items[this.head];
        this.items[this.head++] = undefined;
        if (this.head === this.items.length) {
            this.items = [];
            this.head = 0;
        } else if (this.head > 1024 && this.head * 2 > this.items.length) {
            this.items = this.items.slice(this.head);
            this.head = 0;
        }
        return item;
    }

    unshift(item: T): void {
        if (this.head > 0) this.items[--this.head] = item;
        else this.items.unshift(item);
    }

    /** Drops every item that does not pass. */
    filter(keep: (item: T) => boolean): void {
        const kept: T[] = [];
        for (let i = this.head; i < this.items.length; i++) {
            const item = this.items[i] as T;
            if (keep(item)) kept.push(item);
        }
        this.items = kept;
        this.head = 0;
    }

    clear(): void {
        this.items = [];
        this.head = 0;
    }
}
