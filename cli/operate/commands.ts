/** The command lines of the commands that look after a stack. Each command's own code is loaded when it runs. */
import { describeFailed, describePurge, describeRetry } from "./commands/dead-letters.ts";
import { describeDrain, describeLimits } from "./commands/limits.ts";
import { describeDoctor, describeExport, describeLook, describeUi } from "./commands/look.ts";
import { describeCancel, describeFree, describeSend } from "./commands/messages.ts";
import type { Program } from "./commands/options.ts";

/** In the order in which the help shows them. */
export function describeOperate(at: Program): void {
    describeLook(at);
    describeUi(at);
    describeFailed(at);
    describeDoctor(at);
    describeExport(at);
    describeLimits(at);
    describeDrain(at);
    describeRetry(at);
    describeCancel(at);
    describeFree(at);
    describePurge(at);
    describeSend(at);
}
