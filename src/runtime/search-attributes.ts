/** The search attributes that every launch workflow carries, as `Name=Type`. */
export const launchSearchAttributes = ['LaunchId=Keyword', 'LaunchPhase=Keyword', 'CommunityId=Keyword', 'LaunchHealth=Keyword'] as const;

/** The numbers that Temporal's protocol gives to the types. */
const typeNumbers: Readonly<Record<string, number>> = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 };

/** What gRPC answers when the attribute is there already. */
const ALREADY_EXISTS = 6;

/**
 * Registers the search attributes that a server does not know yet. The dev server's own flag registers them only when it creates its
 * database file, so a file of an earlier version would lack the newer ones; the test server has no such flag. It cannot list them
 * either, so each one is simply added.
 */
export async function registerSearchAttributes(options: {
  address: string;
  namespace: string;
  attributes: readonly string[];
}): Promise<void> {
  const { Connection } = await import('@temporalio/client');
  const { address, namespace, attributes } = options;
  const connection = await Connection.connect({ address });
  const add = async (attribute: string) => {
    const [name = '', type = ''] = attribute.split('=');
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { [name]: typeNumbers[type] ?? 0 } });
  };
  try {
    for (const attribute of attributes) await add(attribute).catch(ignoreExisting);
  } finally {
    await connection.close();
  }
}

function ignoreExisting(error: { code?: number }): void {
  if (error.code !== ALREADY_EXISTS) throw error;
}
