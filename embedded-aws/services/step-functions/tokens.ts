/**
 * Task tokens. They are opaque to everybody else, but say which task they are for: a token of a task that has ended is
 * recognized without a list of all tokens that ever existed.
 */
export interface TokenContent {
    readonly execution: number;
    readonly task: number;
}

const PREFIX = "AQCEAAAAKgAAAAMAAAAA";
const PATTERN = /^AQCEAAAAKgAAAAMAAAAA([0-9a-f]{8})([0-9a-f]{6})([0-9a-f]{16})$/;

/**
 * Makes and reads the tokens of one world.
 *
 *     const token = tokens.make({ execution: 7, task: 0 });
 *     tokens.read(token); //     { execution: 7, task: 0 }
 *     tokens.read("hello"); //   "malformed"
 */
export class TaskTokens {
    private readonly secret: number;

    /** @param secret makes this world's tokens differ from another's */
    constructor(secret: number) {
        this.secret = secret;
    }

    make({ execution, task }: TokenContent): string {
        return PREFIX + hex(execution, 8) + hex(task, 6) + this.seal(execution, task);
    }

    /** What the token is for; "malformed" if it is no token, "unknown" if it was not made here. */
    read(token: unknown): TokenContent | "malformed" | "unknown" {
        const match = typeof token === "string" ? PATTERN.exec(token) : null;
        if (!match) return "malformed";
        const execution = parseInt(match[1] as string, 16);
        const task = parseInt(match[2] as string, 16);
        return match[3] === this.seal(execution, task) ? { execution, task } : "unknown";
    }

    private seal(execution: number, task: number): string {
        return hex(mix(this.secret, execution, task), 8) + hex(mix(~this.secret, task, execution), 8);
    }
}

/** 32 bits that depend on every bit of the three (murmur's finalizer). */
function mix(a: number, b: number, c: number): number {
    let hash = a | 0;
    for (const word of [b, c, a]) {
        hash = Math.imul(hash ^ word, 0x85ebca6b);
        hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
        hash ^= hash >>> 16;
    }
    return hash >>> 0;
}

function hex(number: number, digits: number): string {
    return number.toString(16).padStart(digits, "0");
}
