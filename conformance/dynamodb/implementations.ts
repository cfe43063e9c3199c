/** The implementations of DynamoDB that are compared, each with one table. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-dynamodb";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Implementation } from "../cases/dynamodb/suite.ts";
import { worldWithTable } from "../../test/embedded-aws/dynamodb/world.ts";
import type { DynamoDbWorld } from "../../test/embedded-aws/dynamodb/world.ts";
import { user } from "../../test/embedded-aws/fake-world.ts";
import { requireFromTools } from "../installation.ts";
import { send } from "../sdk.ts";
import { clientOf, createTable, empty } from "./clients.ts";
import { StreamReader } from "./streams.ts";
import type { StreamRecord } from "./streams.ts";

export interface Compared extends Implementation {
    /** Empties the table. */
    reset(): Promise<void>;
    stop(): Promise<void>;
}

export interface Streaming extends Compared {
    /** The stream's records since the last reset. */
    records(): Promise<readonly StreamRecord[]>;
}

/** The table of the embedded AWS. */
export class Embedded implements Streaming {
    readonly name = "Turnstile";
    private world: DynamoDbWorld = worldWithTable({ streamViewType: "NEW_IMAGE" });

    call(operation: string, input: object): Promise<unknown> {
        return Promise.resolve().then(() => this.world.call("dynamodb", operation, input, user));
    }

    reset(): Promise<void> {
        this.world = worldWithTable({ streamViewType: "NEW_IMAGE" });
        return Promise.resolve();
    }

    records(): Promise<readonly StreamRecord[]> {
        return Promise.resolve(this.world.stream.read(undefined, 1000) as never);
    }

    stop(): Promise<void> {
        return Promise.resolve();
    }
}

export class Dynalite implements Compared {
    readonly name = "dynalite";
    private readonly server: Server;
    private readonly client: DynamoDBClient;

    private constructor(server: Server, client: DynamoDBClient) {
        this.server = server;
        this.client = client;
    }

    static async start(): Promise<Dynalite> {
        const dynalite = requireFromTools("dynalite") as (options: object) => Server;
        const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const client = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        await createTable(client);
        return new Dynalite(server, client);
    }

    call(operation: string, input: object): Promise<unknown> {
        return send(sdk, this.client, operation, input);
    }

    reset(): Promise<void> {
        return empty(this.client);
    }

    async stop(): Promise<void> {
        this.client.destroy();
        await new Promise((resolve) => this.server.close(resolve));
    }
}

/** A table of Amazon's DynamoDB Local. Whoever started the server stops it. */
export class AmazonsLocal implements Streaming {
    readonly name = "DynamoDB Local";
    private readonly client: DynamoDBClient;
    private readonly reader: StreamReader;

    private constructor(client: DynamoDBClient, reader: StreamReader) {
        this.client = client;
        this.reader = reader;
    }

    static async start(endpoint: string): Promise<AmazonsLocal> {
        const client = clientOf(endpoint);
        return new AmazonsLocal(client, new StreamReader(endpoint, await createTable(client)));
    }

    call(operation: string, input: object): Promise<unknown> {
        return send(sdk, this.client, operation, input);
    }

    async reset(): Promise<void> {
        await empty(this.client);
        await this.reader.read();
    }

    records(): Promise<readonly StreamRecord[]> {
        return this.reader.read();
    }

    stop(): Promise<void> {
        this.client.destroy();
        return Promise.resolve();
    }
}
