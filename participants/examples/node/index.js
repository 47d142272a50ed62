// node index.js NAME URL SECRET_FILE STORE: checks messages, and holds seats.
import fs from 'node:fs';
import { DONE, REJECTED, Store } from './guard.js';
import { Participant } from './participant.js';

const refuse = (code, text) => ({ verdict: REJECTED, code, text });
const validate = (call) => {
  const { to, from, body, ...message } = JSON.parse(call.input.toString());
  if (message.account_sid !== call.tenant) return refuse('20003', 'Another account.');
  if (!/^\+[1-9]\d{1,14}$/.test(to)) return refuse('21211', "Invalid 'To' phone number.");
  if (!/^\+[1-9]\d{1,14}$/.test(from)) return refuse('21212', "Invalid 'From' phone number.");
  if (!body) return refuse('21602', 'Message body is required.');
  return { verdict: DONE, output: JSON.stringify({ from }) };
};
const hold = (call, store) => (store.changed.set(call.saga, 1), { verdict: DONE, output: '"A1"' });
const release = (call, store) => (store.changed.set(call.saga, 0), { verdict: DONE });

const [name, url, secretFile, file] = process.argv.slice(2);
const handlers = { validate: { do: validate }, hold: { do: hold }, release: { undo: release } };
const secret = Buffer.from(fs.readFileSync(secretFile, 'utf8').trim());
new Participant({ name, url, secret, handlers, store: new Store(file) });
