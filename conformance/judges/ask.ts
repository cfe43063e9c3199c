/** Asks a judge: starts its program, hands over the question as JSON, and reads the verdict as JSON. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** @param command the program and its parameters */
export async function ask<T>(command: readonly string[], question: unknown): Promise<T> {
    const [program = "", ...parameters] = command;
    const child = spawn(program, parameters, { stdio: ["pipe", "pipe", "pipe"] });
    const ended = new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
    });
    // A program that ends early says why below.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(question));
    const [code, printed, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    if (code === 0) return JSON.parse(printed) as T;
    throw new Error(
        `${command.join(" ")} ended with ${code}: ${complaint.trim().split("\n").slice(-5).join("\n")}`,
    );
}
