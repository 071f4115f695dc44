/** Secrets of every scenario, easy to find again where they must not be. Identifiers and values hold the word too. */
export const planted = {
  word: 'planted',
  restKey: 'planted-rest-key',
  iosKey: 'planted-ios-key',
  androidKey: 'planted-android-key',
  newIosKey: 'planted-new-ios-key',
  password: 'planted-password',
} as const;

/** The identifier of a contact. */
export function email(n: number | string): string {
  return `${typeof n === 'number' ? String(n).padStart(4, '0') : n}@planted.example`;
}
