export { MAX_TAG_ATTRIBUTES } from './names.js';
export { identifierFault } from './identifiers.js';
export { attributeRule } from './attribute-rule.js';
export { buildBody } from './payload.js';
export { createBatchMepClient, type BatchMepClient } from './client.js';
export { checkCredentials, type CredentialCheck } from './check-credentials.js';
export { unauthorized } from './delivery-errors.js';
export { deliverChunk, type Delivery } from './deliver.js';
export type { DeliveryProgress, RefusedContact } from './delivery-progress.js';
