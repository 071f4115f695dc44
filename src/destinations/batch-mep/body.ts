import { rowsBody } from '../kit/rows-body.js';

/** The body of one call: an array of updates that leave the other attributes of each contact as they are. */
export const buildBody = rowsBody({
  open: '[',
  beforeIdentifier: '{"id":',
  beforeFields: ',"update":{"overwrite":false,"values":{',
  afterFields: '}}}',
  close: ']',
});
