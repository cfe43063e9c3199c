/**
 * Runs a server in a temporary folder: `node keeper.ts FOLDER PROGRAM [arguments]`. When its standard input ends, it kills the server with
 * everything that the server started, and removes the folder. A killed parent cannot clean up, but the system closes its end of the pipe.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

const [folder = "", program = "", ...args] = process.argv.slice(2);
let isOver = false;

// In a group of its own, so what the server starts can be killed with it.
const child = spawn(program, args, { cwd: folder, detached: true, stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
});
child.once("exit", (code) => {
    endGroup();
    // When the server ends by itself, the folder stays: its log says why.
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
        // ESRCH: no process of the group is left.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}
