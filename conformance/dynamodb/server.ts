/** Starts DynamoDB Local as a process that keeps its tables in memory. */
import { join } from "node:path";
import { KeptServer } from "../kept-server.ts";
import type { DynamoDbLocalInstalled } from "./install.ts";

const MAIN_CLASS = "software.amazon.dynamodb.services.local.main.ServerRunner";

export function startDynamoDbLocal({ libraries }: DynamoDbLocalInstalled): Promise<KeptServer> {
    return KeptServer.start("DynamoDB Local", "/", (port, folder) => ({
        command: [
            "java",
            "-Xmx768m",
            // Java is killed, so it must leave no files outside the folder.
            "-XX:-UsePerfData",
            `-Djava.io.tmpdir=${folder}`,
            `-Djava.library.path=${libraries}`,
            `-Dsqlite4java.library.path=${libraries}`,
            "-cp",
            join(libraries, "*"),
            MAIN_CLASS,
            "-inMemory",
            "-sharedDb",
            "-disableTelemetry",
            "-port",
            String(port),
        ],
    }));
}
