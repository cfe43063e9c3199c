/**
 * Runs a server in a temporary folder and ends it, with all that it has started and the folder, when its own input ends:
 * `node keeper.ts FOLDER PROGRAM [arguments]`. Whoever is killed can stop and remove nothing, but its end of the pipe is closed
 * all the same.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

const [folder = "", program = "", ...args] = process.argv.slice(2);
let isOver = false;

// A group of its own, so that what it starts can be ended with it.
const child = spawn(program, args, { cwd: folder, detached: true, stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
});
child.once("exit", (code) => {
    endGroup();
    // A server that ends by itself leaves its log, which says why.
    if (isOver) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    process.exit(code ?? 1);
});
process.stdin.resume();
process.stdin.once("close", end);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);

function end(): void {
    isOver = true;
    endGroup();
}

function endGroup(): void {
    if (child.pid === undefined) return;
    try {
        process.kill(-child.pid, "SIGKILL");
    } catch (error) {
        // Nobody of the group is left.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}
