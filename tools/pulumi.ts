/**
 * Runs the Pulumi CLI on this project: `npm run preview`, `npm run up`, `npm run destroy`, each with any arguments of the
 * CLI after `--`. Pulumi starts the program with the first `node` on its PATH. So the one in node_modules goes first: it can run
 * TypeScript, which an older Node cannot.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
const bin = path.join(root, "node_modules", ".bin");

process.env["PATH"] = [bin, process.env["PATH"]].join(path.delimiter);
// A terminal sends Ctrl-C to both processes. Pulumi then ends its update in order, and this process must wait for its exit code.
process.on("SIGINT", () => undefined);
const pulumi = spawn("pulumi", process.argv.slice(2), { cwd: root, stdio: "inherit" });
process.on("SIGTERM", () => pulumi.kill("SIGTERM"));

pulumi.on("error", (error: NodeJS.ErrnoException) => {
    const reason =
        error.code === "ENOENT"
            ? "the Pulumi CLI is not on the PATH; install it: https://www.pulumi.com/docs/install/"
            : `the Pulumi CLI did not start: ${error.message}`;
    console.error(`turnstile: ${reason}`);
    process.exitCode = 1;
});

pulumi.on("exit", (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
});
