/** `npm run explore`. This file has what belongs to the process: its arguments, its streams, its exit code. */
import { letReadersStop } from "../../cli/lib/broken-pipe.ts";
import { runExplore } from "./command.ts";
import { parseOptions } from "./options.ts";

letReadersStop(process.stdout, process.stderr);
process.exitCode = await runExplore(parseOptions(process.argv.slice(2)), {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    now: () => performance.now(),
});
