/** Asks DynamoDB Local the cases and keeps its answers: `npm run conformance:record`. */
import { answersOf } from "./compare.ts";
import { AmazonsLocal } from "./implementations.ts";
import { installDynamoDbLocal } from "./install.ts";
import { linesOf, recordedCases, writeRecording } from "./recording.ts";
import { startDynamoDbLocal } from "./server.ts";

const installed = await installDynamoDbLocal();
if ("missing" in installed) throw new Error(installed.missing);
const server = await startDynamoDbLocal(installed);
try {
    const local = await AmazonsLocal.start(server.endpoint);
    const recording: Record<string, readonly string[]> = {};
    for (const { title, requests } of recordedCases) {
        recording[title] = linesOf(await answersOf(local, requests));
    }
    writeRecording(recording);
    await local.stop();
} finally {
    await server.stop();
}
