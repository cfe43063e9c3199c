/** Installs MiniStack (PyPI, MIT licence), an emulator of AWS that other people wrote. */
import { delimiter, join } from "node:path";
import { ROOT } from "../installation.ts";
import type { Missing } from "../installation.ts";
import { installPython } from "../python.ts";
import type { PythonInstalled } from "../python.ts";

const VERSION = "1.5.33";

export type MiniStackInstalled = PythonInstalled;

let installed: Promise<MiniStackInstalled | Missing> | undefined;

/** Installs MiniStack unless it is installed. */
export function installMiniStack(): Promise<MiniStackInstalled | Missing> {
    return (installed ??= installPython({
        title: `MiniStack ${VERSION}`,
        name: `ministack-${VERSION}`,
        requirements: join(import.meta.dirname, "requirements.txt"),
        module: "ministack.app",
    }));
}

/** The PATH on which MiniStack finds Node 24 for functions and Python for Glue jobs. */
export function pathOf(python: string): string {
    const folders = [join(ROOT, "node_modules/.bin"), join(python, ".."), process.env.PATH ?? ""];
    return folders.join(delimiter);
}
