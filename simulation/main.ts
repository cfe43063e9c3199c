/** `npm run simulate`. This file has what belongs to the process: its arguments, its streams, its exit code. */
import path from "node:path";
import { letReadersStop } from "../cli/lib/broken-pipe.ts";
import { Simulate } from "./command.ts";
import { parseOptions } from "./options.ts";
import { recordPrograms } from "./programs.ts";

letReadersStop(process.stdout, process.stderr);
const options = parseOptions(process.argv.slice(2), () => Date.now() % 2 ** 31);
const interrupted = new AbortController();
// The second Ctrl-C ends the process at once.
process.once("SIGINT", () => interrupted.abort());
const command = new Simulate({
    programs: () => recordPrograms(),
    traces: path.join(import.meta.dirname, "..", ".turnstile", "simulation"),
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    signal: interrupted.signal,
});
process.exitCode = await command.run(options);
