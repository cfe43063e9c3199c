/** What tags may be, of every resource that has them. */
import { forInput } from "./rule.ts";
import type { Rule } from "./rule.ts";

const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Ten on an object, 50 on anything else. */
export const tagsAreFew: Rule = forInput(
    "tags",
    'Tagging AWS Resources User Guide, "Tag naming limits and requirements"; S3 User Guide, "Categorizing your objects using tags"',
    (tags, { type }) => {
        const count = Object.keys(tags as object).length;
        const most = type === "aws:s3/bucketObjectv2:BucketObjectv2" ? 10 : 50;
        return count > most ? `are ${count}; expected at most ${most}` : undefined;
    },
);

export const tagsAreTexts: Rule = forInput(
    "tags",
    'Tagging AWS Resources User Guide, "Tag naming limits and requirements"',
    (tags) =>
        Object.entries(tags as Record<string, string>).flatMap(([key, value]) => [
            ...(key.length >= 1 && key.length <= 128 && CHARACTERS.test(key) && !/^aws:/i.test(key)
                ? []
                : [`have the key ${JSON.stringify(key)}, which no tag can have`]),
            ...(value.length <= 256 && CHARACTERS.test(value)
                ? []
                : [`have the value ${JSON.stringify(value)} under ${key}, which no tag can have`]),
        ]),
);

/** For IAM alone, keys that differ in case are the same key twice. */
export const tagsOfRolesDifferByMoreThanCase: Rule = forInput(
    "tags",
    'IAM User Guide, "Tags for IAM resources", case sensitivity',
    (tags) => {
        const keys = Object.keys(tags as object);
        const lower = keys.map((key) => key.toLowerCase());
        const twice = keys.filter((_, i) => lower.indexOf(lower[i] ?? "") !== i);
        return twice.map(
            (key) => `have the key ${key} twice, in another case, and IAM does not tell cases apart`,
        );
    },
);
