import { isGrpcServiceError, type Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { searchAttributes } from '../activation/search-attributes.js';

const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const names = Object.values(searchAttributes);

/** Whether workflows may carry our search attributes; if not, what an administrator of Temporal has to run. */
export type SearchAttributesAvailable = { available: true } | { available: false; command: string };

/**
 * Registers our search attributes in a namespace where they are missing; harmless to repeat, and for several workers at
 * once. Where that is not permitted, or one of the names is taken by another type, they are not available, and runs do
 * without. Throws only when Temporal does not answer at all.
 */
export async function registerSearchAttributes(
  { operatorService }: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<SearchAttributesAvailable> {
  const before = await registered(operatorService, namespace);
  const missing = names.filter((name) => before.get(name) === undefined);
  if (missing.length > 0) {
    const wanted = Object.fromEntries(missing.map((name) => [name, keyword]));
    await unlessRefused(operatorService.addSearchAttributes({ namespace, searchAttributes: wanted }));
  }
  const after = missing.length > 0 ? await registered(operatorService, namespace) : before;
  const lacking = names.filter((name) => after.get(name) !== keyword);
  return lacking.length === 0 ? { available: true } : { available: false, command: commandFor(lacking, namespace) };
}

/** Types by name; empty where they may not be listed. */
async function registered(
  operatorService: Connection['operatorService'],
  namespace: string,
): Promise<Map<string, proto.temporal.api.enums.v1.IndexedValueType>> {
  const listed = await unlessRefused(operatorService.listSearchAttributes({ namespace }));
  return new Map(Object.entries(listed?.customAttributes ?? {}));
}

function commandFor(lacking: string[], namespace: string): string {
  const attributes = lacking.map((name) => `--name ${name} --type Keyword`).join(' ');
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes}`;
}

const grpcDeadlineExceeded = 4;
const grpcUnavailable = 14;

/** undefined where the server does not permit or not know the call; throws where it does not answer. */
async function unlessRefused<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!isGrpcServiceError(error) || [grpcDeadlineExceeded, grpcUnavailable].includes(error.code)) throw error;
    return undefined;
  }
}
