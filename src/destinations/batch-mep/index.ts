export { MAX_TAG_ATTRIBUTES } from './names.js';
export { identifierFault, identifierFieldFault } from './identifiers.js';
export { attributeRule, type MepAttributeRule } from './attribute-rule.js';
export { buildBody } from './payload.js';
export { createBatchMepClient, type BatchMepClient } from './client.js';
export { checkAccess } from './check-access.js';
export { deliverChunk, type Delivery } from '../../delivery/deliver.js';
export type { DeliveryProgress, RefusedContact } from '../../delivery/delivery-progress.js';
