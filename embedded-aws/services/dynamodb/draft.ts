/**
 * An item that an update changes. It copies only the maps and lists along a changed path, and shares everything else with
 * the item before. It keeps the item's size, at a cost that depends on the change alone. After changes that change nothing,
 * the item is the very same object.
 */
import { validation } from "./errors.ts";
import { entryOf, withAttribute, withEntry } from "./large-map.ts";
import type { Path } from "./paths.ts";
import { equal, equalItems, get, valueSize } from "./values.ts";
import type { AttributeValue, Item } from "./values.ts";

/** What `finish` does to a list: the indexes are those of the list before the update. */
interface ListChange {
    readonly path: Path;
    readonly removed: Set<number>;
    readonly added: { readonly index: number; readonly value: AttributeValue }[];
}

/**
 *     const draft = new Draft(item, itemSize(item));
 *     draft.set(["holders", "A"], { S: "job" });
 *     draft.remove(["note"]);
 *     draft.finish();
 *     draft.item; //   and draft.size
 */
export class Draft {
    /** The item so far. */
    item: Item;
    size: number;
    private readonly before: Item;
    private readonly lists = new Map<string, ListChange>();

    constructor(before: Item, size: number) {
        this.before = before;
        this.item = before;
        this.size = size;
    }

    set(path: Path, value: AttributeValue): void {
        this.checkParent(path);
        const existing = valueAt(this.item, path);
        if (existing && equal(existing, value)) return;
        this.size += valueSize(value) - (existing ? valueSize(existing) : -overheadOf(path));
        const last = path.at(-1);
        if (existing || typeof last === "string") this.item = replace(this.item, path, value);
        else this.listChange(path).added.push({ index: last as number, value });
    }

    remove(path: Path): void {
        this.checkParent(path);
        const existing = valueAt(this.item, path);
        if (!existing) return;
        this.size -= valueSize(existing) + overheadOf(path);
        const last = path.at(-1);
        if (typeof last === "number") this.listChange(path).removed.add(last);
        else this.item = replace(this.item, path, undefined);
    }

    /** Closes the gaps in lists and appends what was set beyond their ends, in the order of the indexes. */
    finish(): void {
        for (const { path, removed, added } of this.lists.values()) {
            const kept = (valueAt(this.item, path)?.L ?? []).filter((_, i) => !removed.has(i));
            added.sort((a, b) => a.index - b.index);
            this.item = replace(this.item, path, { L: [...kept, ...added.map(({ value }) => value)] });
        }
        if (this.lists.size > 0 && equalItems(this.item, this.before)) this.item = this.before;
    }

    private listChange(path: Path): ListChange {
        const listPath = path.slice(0, -1);
        const key = JSON.stringify(listPath);
        let change = this.lists.get(key);
        if (!change) {
            change = { path: listPath, removed: new Set(), added: [] };
            this.lists.set(key, change);
        }
        return change;
    }

    /** Throws unless there is a map or a list, whichever the path's last element belongs in. */
    private checkParent(path: Path): void {
        if (path.length === 1) return;
        const parent = valueAt(this.item, path.slice(0, -1));
        const isThere = typeof path.at(-1) === "number" ? parent && "L" in parent : parent && "M" in parent;
        if (!isThere)
            throw validation("The document path provided in the update expression is invalid for update");
    }
}

/** The value at a path without placeholders. */
function valueAt(item: Item, path: Path): AttributeValue | undefined {
    let value = get(item, path[0] as string);
    for (let i = 1; i < path.length && value !== undefined; i++) {
        const element = path[i] as string | number;
        value = typeof element === "number" ? value.L?.[element] : entryOf(value, element);
    }
    return value;
}

/** The item with another value at the path, or with none. The path's parents must exist. */
function replace(item: Item, path: Path, value: AttributeValue | undefined): Item {
    const name = path[0] as string;
    const own = get(item, name);
    return withAttribute(item, name, path.length === 1 || !own ? value : replaceIn(own, path, 1, value));
}

function replaceIn(
    container: AttributeValue,
    path: Path,
    at: number,
    value: AttributeValue | undefined,
): AttributeValue {
    const element = path[at] as string | number;
    const isLast = at === path.length - 1;
    if (typeof element === "number") {
        const list = container.L as readonly AttributeValue[];
        const own = list[element] as AttributeValue;
        return {
            L: list.with(element, isLast ? (value as AttributeValue) : replaceIn(own, path, at + 1, value)),
        };
    }
    const own = entryOf(container, element) as AttributeValue;
    return withEntry(container, element, isLast ? value : replaceIn(own, path, at + 1, value));
}

/** Bytes that an attribute, a map entry or a list element takes besides its value. */
function overheadOf(path: Path): number {
    const last = path.at(-1) as string | number;
    if (typeof last === "number") return 1;
    return Buffer.byteLength(last) + (path.length > 1 ? 1 : 0);
}
