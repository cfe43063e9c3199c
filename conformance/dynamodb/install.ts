/** Installs Amazon's DynamoDB Local. */
import type { Missing } from "../installation.ts";
import { installJava } from "../maven.ts";
import type { JavaInstalled } from "../maven.ts";

const VERSION = "3.1.0";

export type DynamoDbLocalInstalled = JavaInstalled;

/** Installs it if it is not there. */
export function installDynamoDbLocal(): Promise<DynamoDbLocalInstalled | Missing> {
    return installJava({
        title: "DynamoDB Local",
        name: "dynamodb-local",
        groupId: "software.amazon.dynamodb",
        artifactId: "DynamoDBLocal",
        version: VERSION,
        files: [`DynamoDBLocal-${VERSION}.jar`, "sqlite4java"],
    });
}
