/**
 * Runs a program and ends it when its own input ends: `node keeper.ts PROGRAM [arguments]`. A test run that is killed cannot
 * stop what it started, but its end of the pipe is closed all the same.
 */
import { spawn } from "node:child_process";

const [program = "", ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
child.once("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
});
child.once("exit", (code) => process.exit(code ?? 1));
process.stdin.resume();
process.stdin.once("close", () => child.kill());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill());
