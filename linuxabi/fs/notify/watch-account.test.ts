import { expect, test } from 'vitest';
import { WatchAccounts } from './watch-account.ts';

test('a user gets as many instances and watches as the limits say now; others have their own', () => {
  let most = 1;
  const limits = { instances: () => most, watches: () => most };
  const accounts = new WatchAccounts();
  const account = accounts.of(1000, limits);
  expect(account.takeInstance()).toBe(true);
  expect(account.takeInstance()).toBe(false);
  expect(accounts.of(0, limits).takeInstance()).toBe(true);
  most = 2;
  expect(accounts.of(1000, limits).takeInstance()).toBe(true);
  account.returnInstance();
  expect(account.takeInstance()).toBe(true);
  expect(account.takeWatch()).toBe(true);
  expect(account.takeWatch()).toBe(true);
  expect(account.takeWatch()).toBe(false);
  account.returnWatch();
  expect(account.takeWatch()).toBe(true);
});
