/**
 * The keys that `turnstile serve` takes: made at its first start and kept, so that a line once pasted stays right. They keep
 * out whoever else can reach this port of the machine: other users, and pages that guess.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Credentials } from "../../embedded-aws/index.ts";
import { makeFolder } from "../lib/make-folder.ts";

/** @param directory the project's `.turnstile/` */
export function ownKeys(directory: string): Credentials {
    const file = path.join(directory, "serve-keys.json");
    const kept = keptIn(file);
    if (kept) return kept;
    // No key of AWS begins like this, so none of them is ever pasted here by mistake.
    const made = {
        accessKeyId: `LOCAL${randomBytes(10).toString("hex").toUpperCase()}`,
        secretAccessKey: randomBytes(20).toString("hex"),
    };
    makeFolder(directory);
    writeFileSync(file, `${JSON.stringify(made, null, 4)}\n`, { mode: 0o600 });
    return made;
}

function keptIn(file: string): Credentials | undefined {
    try {
        const { accessKeyId, secretAccessKey } = JSON.parse(
            readFileSync(file, "utf8"),
        ) as Partial<Credentials>;
        return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
    } catch {
        // There is none yet, or half of one.
        return undefined;
    }
}
