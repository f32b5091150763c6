// Verifies a Standard Webhooks signature, with Node's own modules only.
//
//     node verify.mjs SECRET ID TIMESTAMP SIGNATURE [NOW] < body

import { createHmac, timingSafeEqual } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TOLERANCE = 300; // seconds, both ways

/** Do not trust this request; answer 401. */
export class InvalidWebhook extends Error {}

/**
 * Throws InvalidWebhook unless `body`, a Buffer with the raw bytes as received, carries a signature
 * made with `secret`. The three strings are the headers webhook-id, webhook-timestamp and
 * webhook-signature.
 */
export function verify(secret, id, timestamp, signatures, body, now = Math.floor(Date.now() / 1000)) {
  const key = decodeSecret(secret);
  if (!id || !timestamp || !signatures) throw new InvalidWebhook('header missing');
  if (!/^[0-9]{1,12}$/.test(timestamp)) throw new InvalidWebhook('timestamp is not a number');
  const age = now - Number(timestamp);
  if (!(age <= TOLERANCE)) throw new InvalidWebhook('timestamp is too old');
  if (!(age >= -TOLERANCE)) throw new InvalidWebhook('timestamp is in the future');

  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  const expected = Buffer.from(`v1,${mac}`);
  // While a secret is rotated there are several signatures; one that matches is enough.
  const matches = signatures.split(' ').some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!matches) throw new InvalidWebhook('no signature matches');
}

/** The key is the secret, with or without `whsec_`, decoded. An error here is a mistake in your settings. */
function decodeSecret(secret) {
  const encoded = secret.replace(/^whsec_/, '');
  const key = Buffer.from(encoded, 'base64');
  // Node skips what is not base64, so look whether anything was skipped.
  if (key.length === 0 || key.toString('base64') !== encoded) throw new Error('secret is not whsec_ and base64');
  return key;
}

async function main(args) {
  if (args.length !== 4 && args.length !== 5) {
    console.error('usage: verify.mjs SECRET ID TIMESTAMP SIGNATURE [NOW] < body');
    return 2;
  }
  const [secret, id, timestamp, signatures, now] = args;
  const body = Buffer.concat(await process.stdin.toArray());
  try {
    verify(secret, id, timestamp, signatures, body, now === undefined ? undefined : Number(now));
  } catch (reason) {
    console.log(`invalid: ${reason.message}`);
    return 1;
  }
  console.log('valid');
  return 0;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
