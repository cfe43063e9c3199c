/** The release: what is deployed has it in its descriptions, by which `turnstile doctor` sees that all of it is of one. */
import manifest from "../package.json" with { type: "json" };

export const VERSION = manifest.version;

/** `Turnstile 0.1.0`, as descriptions end. */
export const RELEASE = `Turnstile ${VERSION}`;

/** The release that a description names; undefined if it names none. */
export function versionIn(description: string | undefined): string | undefined {
    return /\bTurnstile (\d+\.\d+\.\d+[\w.-]*)/.exec(description ?? "")?.[1];
}
