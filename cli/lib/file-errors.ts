/** Why a file or a folder cannot be used, in words: the codes of the system mean nothing to most people. */
const WORDS: Readonly<Record<string, string>> = {
    EEXIST: "it is a file",
    ENOTDIR: "a part of its path is a file",
    EISDIR: "it is a folder",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EROFS: "the disk is read-only",
    ENOSPC: "the disk is full",
};

/** Of something that should be there. */
export function unreadableText(error: unknown): string {
    return wordsOf(error, "it does not exist");
}

/** Of something that was to be made or changed. */
export function unwritableText(error: unknown): string {
    return wordsOf(error, "its folder does not exist");
}

function wordsOf(error: unknown, missing: string): string {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return (code === "ENOENT" ? missing : WORDS[code]) ?? message;
}
