export { MAX_ATTRIBUTES, MAX_TAG_ATTRIBUTES, attributeNameFault, type NameFault } from './names.js';
export { identifierFault } from './identifiers.js';
export { attributeRule } from './attribute-rule.js';
export { buildBody, type ContactChange } from './payload.js';
export { createBatchMepClient, type BatchMepClient, type BatchMepClientOptions } from './client.js';
export { checkCredentials, type CredentialCheck } from './check-credentials.js';
export { deliverChunk, type Delivery, type DeliveryInput } from './deliver.js';
export type { DeliveryProgress, RefusedContact } from './delivery-progress.js';
export type { Answer, Refusal } from './answer.js';
