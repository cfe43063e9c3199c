/** The table with the slots and the line of each pool, and the items that say how many slots a pool has. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { settingsItem } from "../../slots/deployed-items.ts";
import { TABLE } from "../../slots/table.ts";
import { DEFAULT } from "../allowed-values.ts";
import type { Part } from "../part.ts";
import { writeItem } from "../table-item.ts";
import type { TokenBucketArgs } from "../token-bucket.ts";

export function makeTable({ parent, name, args }: Part<TokenBucketArgs>): aws.dynamodb.Table {
    return new aws.dynamodb.Table(name, tableArgs(args), {
        parent,
        // Left out otherwise, so that the table inherits the component's own option.
        ...(args.protect && { protect: true }),
    });
}

function tableArgs({ protect, kmsKeyArn, tags }: TokenBucketArgs): aws.dynamodb.TableArgs {
    const keys = [TABLE.partitionKey, TABLE.sortKey, TABLE.lineKey];
    return {
        billingMode: "PAY_PER_REQUEST",
        hashKey: TABLE.partitionKey,
        rangeKey: TABLE.sortKey,
        attributes: keys.map((key) => ({ name: key, type: "S" })),
        localSecondaryIndexes: [{ name: TABLE.lineIndex, rangeKey: TABLE.lineKey, projectionType: "ALL" }],
        streamEnabled: true,
        streamViewType: "NEW_IMAGE",
        ttl: { attributeName: TABLE.expiryAttribute, enabled: true },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: protect ?? false,
        // Set in either case: for an input that is left out the provider keeps what the table has, a former key included.
        serverSideEncryption: kmsKeyArn === undefined ? { enabled: false } : { enabled: true, kmsKeyArn },
        tags,
    };
}

/** Writes the item `settings` of each pool. */
export function writeSettings(
    { parent, name, args }: Part<TokenBucketArgs>,
    table: aws.dynamodb.Table,
): void {
    for (const [pool, { limit, ...others }] of Object.entries(args.pools)) {
        const { cooldownSeconds = DEFAULT.cooldownSeconds } = others;
        const { pauseAfterFailures = DEFAULT.pauseAfterFailures } = others;
        const item = pulumi
            .output({ limit, cooldownSeconds, pauseAfterFailures })
            .apply((settings) => JSON.stringify(settingsItem(pool, settings)));
        writeItem(`${name}-settings-${pool}`, table.name, item, { parent });
    }
}
