/**
 * Recognises the protocol's writes by what they do: which item, by its key, and which of its attributes they set and remove.
 * So tests can interfere with a write, or note it, without knowing how its expression is worded.
 */
import { CHANGE, ENTRY, TABLE } from "../../slots/table.ts";

/** A call of DynamoDB, as the embedded AWS passes it on or as it is sent to another server. */
interface DynamoCall {
    readonly operation: string;
    readonly input?: unknown;
}

/** Named like the functions of `slots/writes.ts`. */
export type WriteName =
    | "open"
    | "recordRefusal"
    | "join"
    | "confirmOpen"
    | "putAsk"
    | "clearAsk"
    | "putSearch"
    | "clearToken"
    | "close"
    | "markSaving"
    | "noteIdle"
    | "acquire"
    | "release"
    | "restoreHolder"
    | "moveRow"
    | "closeBreaker"
    | "heartbeat";

export interface ProtocolWrite {
    readonly name: WriteName;
    readonly pool: string;
    /** The execution whose row it is; absent for a write to the gate. */
    readonly execution?: string;
    /** Who acquires or releases a slot, or joins the line: holder ids. */
    readonly holders: readonly string[];
    /** The position that it puts a row at. */
    readonly position?: string;
}

/** What a call does to the protocol's items; undefined where it is no write of the protocol to a gate or a row. */
export function protocolWrite({ operation, input }: DynamoCall): ProtocolWrite | undefined {
    if (operation !== "PutItem" && operation !== "UpdateItem") return undefined;
    const { Key, Item, ...update } = input as WriteInput;
    const key = Key ?? Item ?? {};
    const pool = key[TABLE.partitionKey]?.S ?? "";
    const entry = key[TABLE.sortKey]?.S ?? "";
    const prefix = ENTRY.row("");
    if (Item) {
        if (!entry.startsWith(prefix)) return undefined;
        const position = Item[TABLE.lineKey]?.S;
        const execution = entry.slice(prefix.length);
        // The row of a message that can never start is never in the line.
        if (position === undefined) return row("recordRefusal", pool, execution);
        return { ...row("open", pool, execution), position };
    }
    const changes = changesOf(update);
    if (entry === ENTRY.gate) return gateWrite(pool, changes);
    return entry.startsWith(prefix) ? rowWrite(pool, entry.slice(prefix.length), changes) : undefined;
}

/** Whether a call makes this write; with `of`, whether the write is about a holder or an execution whose name has this in it. */
export function makes(name: WriteName, of = ""): (call: DynamoCall) => boolean {
    return (call) => {
        const write = protocolWrite(call);
        if (write?.name !== name) return false;
        return [write.execution ?? "", ...write.holders].some((each) => each.includes(of));
    };
}

interface Attribute {
    readonly S?: string;
}

interface UpdateInput {
    readonly UpdateExpression?: string;
    readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
    readonly ExpressionAttributeValues?: Readonly<Record<string, Attribute>>;
}

interface WriteInput extends UpdateInput {
    readonly Key?: Readonly<Record<string, Attribute>>;
    readonly Item?: Readonly<Record<string, Attribute>>;
}

/** What an update changes, by path: an attribute and, in a map, its member. */
interface Changes {
    /** A text that is set as it is; undefined for any other value. */
    readonly sets: readonly { readonly path: readonly string[]; readonly text: string | undefined }[];
    readonly removes: readonly (readonly string[])[];
}

function gateWrite(pool: string, { sets, removes }: Changes): ProtocolWrite | undefined {
    const paths = sets.map(({ path }) => path);
    const acquired = membersOf("holders", paths);
    if (acquired.length > 0) {
        const change = sets.find(({ path }) => path[0] === "lastChange")?.text;
        const name = change === CHANGE.restore ? "restoreHolder" : "acquire";
        return { name, pool, holders: acquired };
    }
    const released = membersOf("holders", removes);
    if (released.length > 0) return { name: "release", pool, holders: released };
    if (removes.some(([attribute]) => attribute === "failures")) {
        return { name: "closeBreaker", pool, holders: [] };
    }
    const attributes = paths.map(([attribute]) => attribute);
    // The dispatcher's other write to the gate sets the limit, and makes `holders` where it is missing.
    const isHeartbeat = attributes.includes("dispatcherSeen") && !attributes.includes("holders");
    return isHeartbeat ? { name: "heartbeat", pool, holders: [] } : undefined;
}

function rowWrite(pool: string, execution: string, { sets, removes }: Changes): ProtocolWrite | undefined {
    const textOf = (attribute: string): string | undefined =>
        sets.find(({ path }) => path[0] === attribute)?.text;
    const position = textOf(TABLE.lineKey);
    const moved = position === undefined ? {} : { position };
    if (textOf("ended") !== undefined) return row("close", pool, execution);
    if (textOf("token") !== undefined)
        return { ...row("join", pool, execution, [textOf("holder") ?? ""]), ...moved };
    if (sets.some(({ path }) => path[0] === "ask")) return { ...row("putAsk", pool, execution), ...moved };
    if (sets.some(({ path }) => path[0] === "saving")) return row("markSaving", pool, execution);
    if (sets.some(({ path }) => path[0] === "idle" || path[0] === "asked"))
        return row("noteIdle", pool, execution);
    if (sets.some(({ path }) => path[0] === "search")) return row("putSearch", pool, execution);
    const isRemoved = (name: string): boolean => removes.some(([attribute]) => attribute === name);
    if (isRemoved("token")) return { ...row("clearToken", pool, execution), ...moved };
    if (isRemoved("ask")) return { ...row("clearAsk", pool, execution), ...moved };
    if (position !== undefined) return { ...row("moveRow", pool, execution), ...moved };
    return textOf("confirmed") === undefined ? undefined : row("confirmOpen", pool, execution);
}

function row(name: WriteName, pool: string, execution: string, holders: string[] = []): ProtocolWrite {
    return { name, pool, execution, holders };
}

/** The members of a map among paths. */
function membersOf(map: string, paths: readonly (readonly string[])[]): string[] {
    return paths.flatMap(([attribute, member]) =>
        attribute === map && member !== undefined ? [member] : [],
    );
}

/** Reads an update's expression, with its names and values in it. */
function changesOf(update: UpdateInput): Changes {
    const {
        UpdateExpression = "",
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
    } = update;
    const pathOf = (text: string): string[] =>
        text
            .trim()
            .split(".")
            .map((part) => names?.[part] ?? part);
    const clauses = UpdateExpression.split(/\b(SET|REMOVE|ADD|DELETE)\s/);
    /** The parts of a clause: commas in parentheses belong to a function. */
    const parts = (keyword: string): string[] => {
        const at = clauses.indexOf(keyword);
        return at < 0 ? [] : (clauses[at + 1] ?? "").split(/,(?![^()]*\))/);
    };
    return {
        sets: parts("SET").map((part) => {
            const [path = "", value = ""] = part.split("=").map((side) => side.trim());
            return { path: pathOf(path), text: values?.[value]?.S };
        }),
        removes: parts("REMOVE").map(pathOf),
    };
}
