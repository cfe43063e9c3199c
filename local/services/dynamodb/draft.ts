/**
 * An item being changed. Only the maps and lists along a changed path are copied, once each; everything else is shared
 * with the item before. The size is kept along, so that it costs no more than the change. A change that changes nothing
 * leaves the item as it is, the very same object.
 */
import { validation } from "./errors.ts";
import type { Path } from "./paths.ts";
import { copyOf, equal, equalItems, get, put, valueSize, type AttributeValue, type Item } from "./values.ts";

type MutableMap = Record<string, AttributeValue>;
type MutableList = (AttributeValue | undefined)[];

/** What happened to a list. Indexes mean the list as it was before, so removals and additions wait for the end. */
interface ListChange {
    /** The elements as they were, replaced ones replaced. */
    readonly list: MutableList;
    readonly added: { readonly index: number; readonly value: AttributeValue }[];
}

export class Draft {
    /** The item so far. */
    item: Item;
    size: number;
    private readonly before: Item;
    private readonly copied = new Set<object>();
    private readonly lists = new Map<object, ListChange>();

    constructor(before: Item, size: number) {
        this.before = before;
        this.item = before;
        this.size = size;
    }

    set(path: Path, value: AttributeValue): void {
        const container = this.parentOf(path);
        const last = path[path.length - 1] as string | number;
        const existing = elementOf(container, last);
        if (existing && equal(existing, value)) return;
        const size = valueSize(value);
        if (existing) this.size += size - valueSize(existing);
        else this.size += size + overheadOf(last, path.length);
        const copy = this.copy(path);
        if (!Array.isArray(copy)) return put(copy as MutableMap, last as string, value);
        const change = this.changeOf(copy);
        if ((last as number) < change.list.length) change.list[last as number] = value;
        else change.added.push({ index: last as number, value });
    }

    remove(path: Path): void {
        const container = this.parentOf(path);
        const last = path[path.length - 1] as string | number;
        const existing = elementOf(container, last);
        if (!existing) return;
        this.size -= valueSize(existing) + overheadOf(last, path.length);
        const copy = this.copy(path);
        if (Array.isArray(copy)) this.changeOf(copy).list[last as number] = undefined;
        else Reflect.deleteProperty(copy, last);
    }

    /** Closes the gaps in lists and appends what was set beyond their ends, in the order of the indexes. */
    finish(): void {
        for (const { list, added } of this.lists.values()) {
            const kept = list.filter((element) => element !== undefined);
            added.sort((a, b) => a.index - b.index);
            list.splice(0, list.length, ...kept, ...added.map(({ value }) => value));
        }
        if (this.lists.size > 0 && equalItems(this.item, this.before)) this.item = this.before;
    }

    /** The map or list that holds the path's last element. */
    private parentOf(path: Path): Item | readonly AttributeValue[] {
        let container: Item | readonly AttributeValue[] = this.item;
        for (let i = 0; i < path.length - 1; i++) {
            const value = elementOf(container, path[i] as string | number);
            const next = typeof path[i + 1] === "number" ? value?.L : value?.M;
            if (!next)
                throw validation("The document path provided in the update expression is invalid for update");
            container = next;
        }
        return container;
    }

    /** The same as a copy of its own, below copies of all that it is in. */
    private copy(path: Path): MutableMap | MutableList {
        if (!this.copied.has(this.item)) {
            this.item = copyOf(this.item);
            this.copied.add(this.item);
        }
        let container: MutableMap | MutableList = this.item as MutableMap;
        for (let i = 0; i < path.length - 1; i++) {
            const element = path[i] as string | number;
            const value = elementOf(container as Item, element) as AttributeValue;
            let next = (value.M ?? value.L) as MutableMap | MutableList;
            if (!this.copied.has(next)) {
                next = Array.isArray(next) ? [...next] : copyOf(next as Item);
                this.copied.add(next);
                const wrapped = (Array.isArray(next) ? { L: next } : { M: next }) as AttributeValue;
                if (Array.isArray(container)) container[element as number] = wrapped;
                else put(container, element as string, wrapped);
            }
            container = next;
        }
        return container;
    }

    private changeOf(list: MutableList): ListChange {
        let change = this.lists.get(list);
        if (!change) {
            change = { list, added: [] };
            this.lists.set(list, change);
        }
        return change;
    }
}

function elementOf(
    container: Item | readonly AttributeValue[],
    element: string | number,
): AttributeValue | undefined {
    if (typeof element === "number")
        return Array.isArray(container) ? (container[element] as AttributeValue) : undefined;
    return Array.isArray(container) ? undefined : get(container as Item, element);
}

/** Bytes that an attribute, a map entry or a list element takes besides its value. */
function overheadOf(element: string | number, depth: number): number {
    if (typeof element === "number") return 1;
    return Buffer.byteLength(element) + (depth > 1 ? 1 : 0);
}
