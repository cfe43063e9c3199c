/** Whether the output `operator` is that of what is deployed. */
import { getItem } from "../../../functions/lib/rows.ts";
import { readWorkflow } from "../../../slots/items.ts";
import { ENTRY } from "../../../slots/table.ts";
import { placeOfTable } from "../place.ts";
import { sourceOf } from "../pool.ts";
import type { Session } from "../session.ts";
import { fail, ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

const AGAIN = "pulumi stack output operator --json > operator.json";

export async function place(session: Session): Promise<Finding[]> {
    const { account, region } = session.operator;
    const found = await placeOfTable(session);
    const text = `account ${found.account}, region ${found.region}`;
    if (found.account === account && found.region === region) return [ok("place", text)];
    return [fail("place", `${text}; the stack is in ${account}, ${region}`, "see --profile and --region")];
}

export async function operatorOutput(session: Session): Promise<Finding[]> {
    const { stateMachineArn, jobName } = session.operator;
    const workflow = readWorkflow(await getItem(sourceOf(session), ENTRY.workflow));
    if (!workflow) return [fail("operator", "the table's item workflow is gone", "npm run up")];
    if (workflow.stateMachine === stateMachineArn && workflow.job === jobName)
        return [ok("operator", "the output operator is that of what is deployed")];
    const text = `the output operator is older than the stack: it names ${stateMachineArn} and ${jobName}`;
    return [fail("operator", text, AGAIN)];
}
