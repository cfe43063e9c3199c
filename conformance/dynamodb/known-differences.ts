/**
 * Where other implementations are known to answer otherwise than Turnstile's table, and why Turnstile keeps its answer. A difference is
 * known if both texts match an entry, in which `*` is any text. A test fails for a difference that is not here, and for an entry here that
 * no case shows.
 */

export interface KnownDifference {
    readonly with: "DynamoDB Local" | "dynalite";
    /** The subject, for docs/conformance.md. */
    readonly about: string;
    readonly ours: string;
    readonly theirs: string;
    /** How the two texts must relate besides. */
    readonly alike?: (ours: string, theirs: string) => boolean;
    /** Why ours is kept, and the page that says so. */
    readonly because: string;
}

const VALIDATION = "ValidationException: ";
const CANCELLED =
    "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons ";
const INVALID = `${VALIDATION}One or more parameter values were invalid: `;

/** The same error in other words. Programs read the name. Where dynalite, whose authors compared it with AWS, has our words, we keep them. */
const words: readonly (readonly [with_: KnownDifference["with"], ours: string, theirs: string])[] = [
    [
        "DynamoDB Local",
        `${VALIDATION}ReturnValues can only be ALL_OLD or NONE`,
        `${VALIDATION}Return values set to invalid value`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value 'SOME' at 'returnValues' failed*`,
        `${VALIDATION}Return values set to invalid value`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value '0' at 'limit' failed*`,
        `${VALIDATION}Limit must be greater than or equal to 1`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The provided starting key is outside query boundaries based on provided conditions`,
        `${VALIDATION}The provided starting key does not match the range key predicate`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Query condition missed key schema element: *`,
        `${VALIDATION}Query condition missed key schema element`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}KeyConditionExpressions cannot have conditions on nested attributes`,
        `${VALIDATION}Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: poolName`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The provided key element does not match the schema`,
        `${VALIDATION}The number of conditions on the keys is invalid`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The provided key element does not match the schema`,
        `${INVALID}Type mismatch for key`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The provided key element does not match the schema`,
        `${VALIDATION}One of the required keys was not given a value`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Missing the key entry in the item`,
        `${VALIDATION}One of the required keys was not given a value`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Type mismatch for key entry expected: S actual: N`,
        `${INVALID}Type mismatch for key`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Type mismatch for Index Key linePosition Expected: S Actual: N IndexName: line`,
        `${INVALID}Type mismatch for Index Key`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}The AttributeValue for a key attribute cannot contain an empty string value. Key: *`,
        `${VALIDATION}One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: *`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`,
        `${VALIDATION}Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
        `${VALIDATION}Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The parameter cannot be converted to a numeric value*`,
        `${VALIDATION}A value provided cannot be converted into a number`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Attempting to store more than 38 significant digits in a Number`,
        `${VALIDATION}DynamoDB only supports precision up to 38 digits`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Input collection [a, a] contains duplicates.`,
        `${INVALID}Input collection [a, a] contains duplicates`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: *`,
        `${VALIDATION}Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: *, typeSet: ALLOWED_FOR_DELETE_OPERAND`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: *`,
        `${VALIDATION}Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: *, typeSet: ALLOWED_FOR_ADD_OPERAND`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Invalid *Expression: Invalid attribute type name found; type: *, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
        `${VALIDATION}Invalid *Expression: Invalid attribute type name found; type: *, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: *`,
        `${VALIDATION}Invalid UpdateExpression: Two document paths * with each other; must remove or rewrite one of these paths; path one: *`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097, maximum allowed size: 4096`,
        `${VALIDATION}Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097`,
    ],
    [
        "DynamoDB Local",
        "ResourceNotFoundException: Requested resource not found",
        "ResourceNotFoundException: Cannot do operations on a non-existent table",
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value '[]' at 'transactItems' failed*`,
        `${VALIDATION}Value [] at 'transactItems' failed*`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: *at 'transactItems' failed*less than or equal to 100`,
        `${VALIDATION}Member must have length less than or equal to 100`,
    ],
    [
        "DynamoDB Local",
        "IdempotentParameterMismatchException: The request uses the same client token as a previous, but non-identical request.",
        "IdempotentParameterMismatchException: UnknownError",
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The provided starting key is invalid`,
        `${VALIDATION}Exclusive Start Key must have same size as table's key schema`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The provided starting key is invalid`,
        `${VALIDATION}Type mismatch for attribute to update`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Must specify the AttributesToGet or ProjectionExpression *`,
        `${VALIDATION}Must specify the AttributesToGet or ProjectionExpression *`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`,
        `${VALIDATION}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Invalid ConditionExpression: The BETWEEN operator requires upper bound *{B:AQ==}`,
        `${VALIDATION}Invalid ConditionExpression: The BETWEEN operator requires upper bound *{B:java.nio.HeapByteBuffer*}`,
    ],
    [
        "DynamoDB Local",
        `${INVALID}Input collection [AQ==, AQ==]of type BS contains duplicates.`,
        `${INVALID}Input collection of type BS contains duplicates.`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value at 'RequestItems.turnstile.member.Keys' failed *equal to 1`,
        `${VALIDATION}The list of keys in RequestItems for BatchGetItem is required: turnstile has empty list`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value at 'RequestItems.turnstile.member.Keys' failed *equal to 100`,
        `${VALIDATION}Too many items requested for the BatchGetItem call`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}The requestItems parameter is required for Batch*`,
        `${VALIDATION}Batch* have *requests set`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value '{"turnstile":[]}' at 'requestItems' failed *`,
        `${VALIDATION}The batch write request list for a table cannot be null or empty: turnstile`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value '{"turnstile":[{*' at 'requestItems' failed *`,
        `${VALIDATION}Too many items requested for the BatchWriteItem call`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}Cannot specify the ProjectionExpression when choosing to get only the COUNT`,
        `${VALIDATION}Cannot specify the ProjectionExpression when choosing to get only the Count`,
    ],
    [
        "DynamoDB Local",
        `${VALIDATION}1 validation error detected: Value 'SOME' at 'select' failed*`,
        `${VALIDATION}Select must be ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, COUNT, or SPECIFIC_ATTRIBUTES`,
    ],
    [
        "dynalite",
        `${VALIDATION}The provided starting key is invalid`,
        `${VALIDATION}The provided key element does not match the schema`,
    ],
    [
        "dynalite",
        `${VALIDATION}Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: >, operand type: *`,
        `${INVALID}ComparisonOperator GT is not valid for * AttributeValue type`,
    ],
    [
        "dynalite",
        `${VALIDATION}1 validation error detected: Value at 'RequestItems.turnstile.member.Keys' failed *`,
        `${VALIDATION}1 validation error detected: Value '[*]' at 'requestItems.turnstile.member.keys' failed *`,
    ],
    [
        "dynalite",
        `${VALIDATION}1 validation error detected: Value '{"turnstile":*' at 'requestItems' failed to satisfy constraint: Member must *`,
        `${VALIDATION}1 validation error detected: Value '{"turnstile":*' at 'requestItems' failed to satisfy constraint: Map value must *`,
    ],
    [
        "dynalite",
        `${VALIDATION}The requestItems parameter is required for Batch*`,
        `${VALIDATION}1 validation error detected: Value '{}' at 'requestItems' failed *`,
    ],
    [
        "dynalite",
        `${INVALID}Missing the key entry in the item`,
        `${VALIDATION}The provided key element does not match the schema`,
    ],
];

const LOCAL = "DynamoDB Local";

/** Mistakes of an update that show only on its item. */
const mistakes = [
    "The document path provided in the update expression is invalid for update",
    "The provided expression refers to an attribute that does not exist in the item",
    "An operand in the update expression has an incorrect data type",
].map((text) => VALIDATION + text);

/** Other outcomes. */
const outcomes: readonly KnownDifference[] = [
    {
        with: LOCAL,
        about: "which of several mistakes of an update is reported",
        ours: `${VALIDATION}*`,
        theirs: `${VALIDATION}*`,
        alike: (ours, theirs) => mistakes.includes(ours) && mistakes.includes(theirs),
        because: "It is refused either way; no page gives the order of the checks.",
    },
    {
        with: LOCAL,
        about: "the last page of a range",
        ours: `{"Count":*,"LastEvaluatedKey":*,"ScannedCount":*}`,
        theirs: `{"Count":*,"ScannedCount":*}`,
        alike: (ours, theirs) => ours.replace(/,"LastEvaluatedKey":.*(?=,"ScannedCount")/, "") === theirs,
        because:
            "A page that Limit ends has a LastEvaluatedKey even if nothing follows (API reference of Query, LastEvaluatedKey: not empty " +
            "does not mean that there is more).",
    },
    {
        with: LOCAL,
        about: "a start at the end of a range",
        ours: `{"Count":0,*"ScannedCount":0}`,
        theirs: `${VALIDATION}The provided starting key does not match the range key predicate`,
        because:
            "Query accepts each LastEvaluatedKey that it returned as a start (Developer Guide, Paginating table query results); at the last " +
            "item of a range DynamoDB Local returns none.",
    },
    {
        with: LOCAL,
        about: "UPDATED_NEW and UPDATED_OLD of a part",
        ours: `{"Attributes":{"holders":{"M":{"a":{"N":"1"}}},"n":{"N":"2"}}}`,
        theirs: `{"Attributes":{"holders":{"M":{"a":{"N":"1"},"b":*}},"n":{"N":"2"}}}`,
        because: `"Only the updated attributes" (API reference of UpdateItem, ReturnValues); dynalite returns the part alone as well. The product asks for neither.`,
    },
    {
        with: LOCAL,
        about: "an update of an index key to another type",
        ours: `${INVALID}Type mismatch for Index Key linePosition Expected: S Actual: N IndexName: line`,
        theirs: "{*}",
        because:
            "An index key has the type that the table defines for it (Developer Guide, Local secondary indexes, Reading and writing data).",
    },
    {
        with: LOCAL,
        about: "an update of an index key to another type, from a path",
        ours: `${VALIDATION}The update expression attempted to update the secondary index key to unsupported type`,
        theirs: `{"Attributes":*"linePosition":{"N":"1"}*`,
        because: "As above.",
    },
    {
        with: LOCAL,
        about: "an update of an index key to a long text",
        ours: `${INVALID}Size limit exceeded`,
        theirs: `{"Attributes":*"linePosition":{"S":"xxx*`,
        because:
            "A sort key has at most 1024 bytes (Developer Guide, Quotas, Sort key length); DynamoDB Local checks that in PutItem only.",
    },
    {
        with: LOCAL,
        about: "the form of numbers in lists and maps",
        ours: `*"n":{"N":"7"}*`,
        theirs: `*"n":{"N":"007"}*`,
        because: `"Leading and trailing zeroes are trimmed" (Developer Guide, Data types, Number).`,
    },
    {
        with: LOCAL,
        about: "the form of numbers that ADD made",
        ours: `{"Attributes":*"k":{"N":"10000000000000000000000000000000000000"}*`,
        theirs: `{"Attributes":*"k":{"N":"1e37"}*`,
        because: "As above.",
    },
    {
        with: LOCAL,
        about: "the form of numbers that were computed",
        ours: "*",
        theirs: `*.*0*`,
        alike: (ours, theirs) =>
            ours === theirs.replaceAll(/(N\\*":\\*"-?\d+)(?:\.0+|(\.\d*[1-9])0+)(?=\\*")/g, "$1$2"),
        because: "As above.",
    },
    {
        with: LOCAL,
        about: "a transaction with an item twice",
        ours: `${VALIDATION}Transaction request cannot include multiple operations on one item`,
        theirs: `${CANCELLED}[ConditionalCheckFailed, None] *`,
        because:
            "No two actions can target the same item (API reference of TransactWriteItems), whatever their conditions.",
    },
    {
        with: LOCAL,
        about: "an action of a transaction that does not fit its item",
        ours: `${CANCELLED}[*ValidationError*] *`,
        theirs: `${VALIDATION}*`,
        because:
            "A validation error of an action is a reason of the cancellation (API reference of TransactWriteItems, Validation Error).",
    },
    {
        with: LOCAL,
        about: "the cost of a query that finds nothing",
        ours: `{"ConsumedCapacity":{"CapacityUnits":1,"LocalSecondaryIndexes":{"line":{"CapacityUnits":1}},*"Count":0,*`,
        theirs: `{"ConsumedCapacity":{"CapacityUnits":0,"LocalSecondaryIndexes":{"line":{"CapacityUnits":0}},*"Count":0,*`,
        because:
            "A read that finds nothing consumes capacity as well (Developer Guide, Read and write operations).",
    },
    {
        with: LOCAL,
        about: "the cost of a transaction",
        ours: `{"ConsumedCapacity":[{"CapacityUnits":4,"Table":{"CapacityUnits":4},"TableName":"turnstile","WriteCapacityUnits":4}]}`,
        theirs: `{"ConsumedCapacity":[{"CapacityUnits":2,"Table":{"CapacityUnits":2},"TableName":"turnstile"}]}`,
        because:
            "Each action costs two writes, one to prepare and one to commit (Developer Guide, Transactions: how it works, Capacity management); " +
            "DynamoDB Local does not count the ConditionCheck.",
    },
];

/** What dynalite lacks or does otherwise. In each, DynamoDB Local answers as Turnstile does, or is listed above. */
const dynalites: readonly (readonly [about: string, ours: string, theirs: string])[] = [
    ["transactions", "*", "UnknownOperationException: UnknownError"],
    [
        "the item in the error of a condition",
        "ConditionalCheckFailedException: The conditional request failed {*",
        "ConditionalCheckFailedException: The conditional request failed",
    ],
    [
        "empty keys in key conditions",
        `${VALIDATION}One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: *`,
        `{"Count":0,"Items":[],"ScannedCount":0}`,
    ],
    [
        "empty index keys in updates",
        `${VALIDATION}One or more parameter values are not valid. The update expression attempted to update a secondary index key *`,
        `{"Attributes":*`,
    ],
    [
        "empty index keys",
        `${VALIDATION}One or more parameter values are not valid. A value specified for a secondary index key is not supported. *`,
        "{}",
    ],
    ["the length of index keys", `${INVALID}Size limit exceeded`, "{*}"],
    [
        "two elements of one list removed at once",
        `*"l":{"L":[{"S":"x"},{"S":"last"}]}*`,
        `*"l":{"L":[{"S":"x"},{"S":"before"}]}*`,
    ],
    [
        "more than 38 digits by arithmetic",
        `${VALIDATION}Attempting to store more than 38 significant digits in a Number`,
        `{"Attributes":*`,
    ],
    [
        "too large numbers by arithmetic",
        `${VALIDATION}Number overflow. Attempting to store a number with magnitude larger than supported range`,
        `{"Attributes":*`,
    ],
    [
        "numbers with a plus sign",
        "{}",
        `${VALIDATION}The parameter cannot be converted to a numeric value: +1`,
    ],
    [
        "keys measured in bytes",
        `${INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
        "{}",
    ],
    ["nesting", `${VALIDATION}Nesting Levels have exceeded supported limits: *`, "{}"],
    ["ReturnValues of DeleteItem", `${VALIDATION}ReturnValues can only be ALL_OLD or NONE`, "{}"],
    ["equal lists and maps", `{"Attributes":*`, "ConditionalCheckFailedException: *"],
    [
        "types without an order",
        `${VALIDATION}Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL`,
        "ConditionalCheckFailedException: *",
    ],
    [
        "BETWEEN of types without an order",
        `${VALIDATION}Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL`,
        `{"Attributes":*`,
    ],
    [
        "sets compared by order",
        `${VALIDATION}Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: SS`,
        `{"Attributes":*`,
    ],
    [
        "ALL_PROJECTED_ATTRIBUTES without an index",
        `${INVALID}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`,
        `{"Count":0,"Items":[],"ScannedCount":0}`,
    ],
    [
        "an operand that is compared with itself",
        `${VALIDATION}Invalid ConditionExpression: The first operand must be distinct from the remaining operands *`,
        `{"Attributes":*`,
    ],
    [
        "conditions below keys",
        `${VALIDATION}Key attributes must be scalars; *`,
        "ConditionalCheckFailedException: *",
    ],
    [
        "empty attribute names",
        `${VALIDATION}ExpressionAttributeNames contains invalid value: Empty attribute name for key #n`,
        `${VALIDATION}Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #n`,
    ],
    [
        "the length of expressions",
        `${VALIDATION}Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; *`,
        "ConditionalCheckFailedException: *",
    ],
    [
        "the number of operators in conditions",
        `${VALIDATION}Invalid ConditionExpression: The expression contains too many operators; operator count: 301`,
        "ConditionalCheckFailedException: *",
    ],
    [
        "the number of operators in updates",
        `${VALIDATION}Invalid UpdateExpression: The expression contains too many operators; operator count: 301`,
        "{}",
    ],
    [
        "the cost of a write to an index",
        `*"LocalSecondaryIndexes":{"line":{"CapacityUnits":*`,
        `*"ConsumedCapacity":{"CapacityUnits":1,"Table":{"CapacityUnits":1},"TableName":"turnstile"}*`,
    ],
    [
        "the cost of a query that finds nothing",
        `{"ConsumedCapacity":{"CapacityUnits":1,"LocalSecondaryIndexes":{"line":{"CapacityUnits":1}},*"Count":0,*`,
        `{"ConsumedCapacity":{"CapacityUnits":0,"LocalSecondaryIndexes":{"line":{"CapacityUnits":0}},*"Count":0,*`,
    ],
];

export const knownDifferences: readonly KnownDifference[] = [
    ...outcomes,
    ...words.map(([name, ours, theirs]): KnownDifference => ({
        with: name,
        ours,
        theirs,
        about: "words",
        because: "The same error in other words: programs read the name.",
    })),
    ...dynalites.map(([about, ours, theirs]): KnownDifference => ({
        with: "dynalite",
        about,
        ours,
        theirs,
        because: "DynamoDB Local answers as Turnstile does.",
    })),
];
