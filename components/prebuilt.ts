/** Where the bundle of each function is in the package that npm installs: beside this file's own bundle. */
import { fileURLToPath } from "node:url";

export const FUNCTION_NAMES = ["starter", "dispatcher", "reaper"] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** The file with the bundle of a function. */
export function bundleOf(name: FunctionName): string {
    return fileURLToPath(new URL(`functions/${name}.mjs`, import.meta.url));
}
