/**
 * Runs the Pulumi CLI on this project: `npm run preview`, `npm run up`, `npm run destroy`, each with any arguments of the
 * CLI after `--`. Pulumi starts the program with the `node` that it finds first on its path, so the one in node_modules
 * goes in front: it can run TypeScript, which an older one of the machine cannot.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
const bin = path.join(root, "node_modules", ".bin");

process.env["PATH"] = [bin, process.env["PATH"]].join(path.delimiter);
// A terminal sends Ctrl-C to both processes. Pulumi ends its update in order; this one must still be there to say how.
process.on("SIGINT", () => undefined);
const pulumi = spawn("pulumi", process.argv.slice(2), { cwd: root, stdio: "inherit" });
process.on("SIGTERM", () => pulumi.kill("SIGTERM"));

pulumi.on("error", (error: NodeJS.ErrnoException) => {
    const reason =
        error.code === "ENOENT"
            ? "the Pulumi CLI is not on the PATH; https://www.pulumi.com/docs/install/ says how to install it"
            : `the Pulumi CLI did not start: ${error.message}`;
    console.error(`turnstile: ${reason}`);
    process.exitCode = 1;
});

pulumi.on("exit", (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
});
