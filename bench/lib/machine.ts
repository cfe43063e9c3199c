/** What a benchmark was measured on, in a line. */
import os from "node:os";

export function machine(): string {
    const [processor] = os.cpus();
    const day = new Date().toISOString().slice(0, 10);
    return `${day}, Node ${process.versions.node}, ${os.cpus().length} x ${processor?.model ?? "?"}`;
}
