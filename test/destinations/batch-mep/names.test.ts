import { describe, expect, test } from 'vitest';
import { attributeNameFault } from '../../../src/destinations/batch-mep/names.js';

describe('names of attributes', () => {
  test.each(['first_name', 'a', '2fa', '_', 'x'.repeat(30)])('%s is accepted', (name) => {
    expect(attributeNameFault(name)).toBeUndefined();
  });

  test.each([
    ['firstName', 'name it first_name'],
    ['First Name', 'name it first_name'],
    ['HTTPStatus', 'name it http_status'],
    ['prénom', 'name it prenom'],
    ['loyalty-tier', 'name it loyalty_tier'],
    ['c.ltv', 'name it c_ltv'],
  ])('%s is refused and another name proposed', (name, remedy) => {
    expect(attributeNameFault(name)).toEqual({ rule: 'a name is made of a-z, 0-9 and _', remedy });
  });

  test('no name is proposed where none can be made', () => {
    expect(attributeNameFault('李')?.remedy).toBe('choose another name');
    expect(attributeNameFault('First name '.repeat(4))?.remedy).toBe('choose another name');
  });

  test('31 characters are too many', () => {
    expect(attributeNameFault('x'.repeat(31))).toEqual({
      rule: 'a name has at most 30 characters, this one has 31',
      remedy: 'map the field to a shorter name',
    });
  });

  test('native attributes are refused', () => {
    const fault = attributeNameFault('$email_address');
    expect(fault?.rule).toContain('do not exist');
    expect(fault?.remedy).toBe('to send it as a custom attribute, name it email_address');
  });

  test('an empty name is refused', () => {
    expect(attributeNameFault('')?.rule).toBe('an attribute has a name');
  });
});
