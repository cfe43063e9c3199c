/** The workflow's definition, read by validators that other people wrote. */
import assert from "node:assert/strict";
import { variants } from "../../test/workflow/variants.ts";
import { requireFromTools } from "../installation.ts";

type Validate = (definition: unknown) => { readonly isValid: boolean; readonly errors: readonly unknown[] };

/** What is used of amazon-states-language-service, which editors check definitions with. */
interface StatesLanguage {
    readonly TextDocument: { create(uri: string, language: string, version: number, text: string): object };
    readonly getLanguageService: (parameters: object) => LanguageService;
}

interface LanguageService {
    parseJSONDocument(document: object): object;
    doValidation(document: object, parsed: object): Promise<{ readonly message: string }[]>;
}

describe("Step Functions: the workflow's definition", () => {
    const validate = requireFromTools("asl-validator") as Validate;
    const { TextDocument, getLanguageService } = requireFromTools(
        "amazon-states-language-service",
    ) as StatesLanguage;

    async function problems(machine: object): Promise<string[]> {
        const text = JSON.stringify(machine);
        const document = TextDocument.create("file:///workflow.asl.json", "json", 1, text);
        const service = getLanguageService({});
        const found = await service.doValidation(document, service.parseJSONDocument(document));
        return found.map(({ message }) => message);
    }

    for (const [name, machine] of variants) {
        it(`is accepted by asl-validator (${name})`, () => {
            assert.deepEqual(validate(machine).errors, []);
        });

        it(`is accepted by the States language service (${name})`, async () => {
            assert.deepEqual(await problems(machine), []);
        });

        it(`is refused by both when it starts at a state that is not there (${name})`, async () => {
            const broken = { ...machine, StartAt: "Nowhere" };
            assert.equal(validate(broken).isValid, false);
            assert.notDeepEqual(await problems(broken), []);
        });
    }
});
