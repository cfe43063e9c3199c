/** One failure must not keep the rest from being looked at. */

/** Acts on each, one after the other, and goes on when one fails. Throws the first failure at the end. */
export async function forEach<T>(
    all: readonly T[],
    act: (each: T) => Promise<void>,
    onFailure: (each: T, error: unknown) => void = () => undefined,
): Promise<void> {
    const failures: unknown[] = [];
    for (const each of all) {
        try {
            await act(each);
        } catch (error) {
            onFailure(each, error);
            failures.push(error);
        }
    }
    if (failures.length > 0) throw failures[0];
}
