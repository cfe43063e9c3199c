/** Makes a folder and what it lies in. Node's own `recursive` never comes back from some paths, such as /proc/x. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Does nothing if there is one already. Throws the system's error, with its code.
 * @param mode of the folder itself, as far as it is made here
 */
export function makeFolder(folder: string, mode?: number): void {
    if (isFolder(folder)) return;
    const parent = path.dirname(folder);
    if (!existsSync(parent)) makeFolder(parent);
    try {
        mkdirSync(folder, mode);
    } catch (error) {
        // Another process may have made it meanwhile.
        if (!isFolder(folder)) throw error;
    }
}

function isFolder(folder: string): boolean {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}
