/** A recorded program in the embedded AWS, which checks what its services check. */
import { platformOn } from "../../../cli/run/platform.ts";
import { EmbeddedWorld, createServices } from "../../../embedded-aws/index.ts";
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import { documentedKeyPolicy } from "../../key-policy.ts";
import { ACCOUNT } from "../../mocks.ts";
import { deployable } from "./declare.ts";
import type { Declaration } from "./declare.ts";

/** Deploys it into an account that has a key under each ARN; throws what AWS would refuse. */
export async function deployEmbedded(declaration: Declaration, keyArns: readonly string[]): Promise<void> {
    const program = deployable(declaration);
    const world = await EmbeddedWorld.open({
        programs: [accountKeys(program, keyArns), program],
        seed: 1,
        services: createServices({
            platform: platformOn,
            jobs: () => ({ start: () => () => undefined }),
            functions: "direct",
            stepFunctions: { keepHistory: "states" },
        }),
    });
    await world.close();
}

/** What the account has already, with the policies that docs/security.md asks for. */
export function accountKeys(position: RecordedProgram, arns: readonly string[]): RecordedProgram {
    const policy = JSON.stringify(documentedKeyPolicy({ ...position, account: ACCOUNT }, { names: "" }));
    const resources = arns.map((arn) => {
        const assigned = { arn, keyId: arn.split("/")[1], id: arn };
        return {
            type: "aws:kms/key:Key",
            name: arn,
            urn: arn,
            inputs: { policy },
            outputs: { policy, ...assigned },
        };
    });
    return { ...position, stack: "keys", resources };
}
